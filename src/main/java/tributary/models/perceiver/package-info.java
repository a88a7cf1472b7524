/**
 * Perceiver (Jaegle et al. 2021): learned latents go over all tokens of a record several times.
 *
 * <pre>
 *   token | Fourier features of its place | code of its modality     PerceiverTokens: one width for all
 *         \________ a record's modalities one after the other, by name ________/
 *   latents --cross-attend, self-attention--> latents --...--> latents --mean, head--> embedding
 *              pass 0                          pass 1           `depth` passes
 *
 *   in the job: attend(pass, part) wherever a part is -> AttendedParts, merged -> next(pass)
 * </pre>
 *
 * <p>Law: a pass attends to each part of up to 4,096 tokens on its own and merges what the parts
 * give in double, in their order. So a record may span partitions, and its bits are those of the
 * record in one task. Keys and values are folded into the latents ({@link
 * tributary.attention.FoldedAttention}) where that takes fewer operations, which the sizes alone
 * decide.
 *
 * <p>A token's place is relative to its modality's length, which is known once the record has been
 * read: what {@code encode} leaves are the tokens themselves, and {@code finish} holds those of one
 * record. Long records go the other way, a part at a time.
 *
 * <p>Failure modes: parts out of order or of another pass are an {@link
 * java.lang.IllegalArgumentException}; more than 255 passes are refused with the configuration.
 * There is no decoder of tokens, so nothing is reconstructed: {@link
 * tributary.models.perceiver.PerceiverLearner} learns by embeddings alone. The ONNX form ({@link
 * tributary.models.perceiver.PerceiverRecordGraph}) sees all tokens at once, and its memory grows
 * with latents times tokens.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/perceiver.yaml")), 1);
 * Backend backend = Backends.open(Kernels.of("java"));
 * try (PerceiverEncoder encoder = new PerceiverEncoder(model, backend)) {
 *   int passes = encoder.passes();
 *   float[] latents = encoder.latents(); // before the first pass: the same for every record
 *   float[] nothing = encoder.finish(Map.of());
 * }
 * }</pre>
 */
@NullMarked
package tributary.models.perceiver;

import org.jspecify.annotations.NullMarked;
