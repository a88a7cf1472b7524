/**
 * The flow composed, without Spark: rows of one record -> tokens -> subsequences -> nodes ->
 * embedding.
 *
 * <pre>
 *   rows of a record -> OpenRecord -> subsequences -> Encoder.encode -> nodes -> Encoder.finish
 *                         |  per cell: Payload -> Signal -> Tokens
 *                         |  per modality: Splitter, counts, limits
 *                       Recipe: the tokenizer of each modality, the limits, where to cut
 *
 *   Fuser: all of it in one thread, one record after the other: what the job is compared with
 * </pre>
 *
 * <p>Law: {@link tributary.record.Fuser} and the Spark job call the same three functions and give
 * equal bits, whatever the partitioning, batch size, task order or retries. Tokens of a modality
 * are numbered through all rows of a record. An open record holds one payload, and one subsequence
 * per modality, whatever its length.
 *
 * <p>Failure modes: what can't be decoded, what is too long for the model and what is not finite is
 * a {@link tributary.read.Rejected}, whose column the open record knows. Tokens beyond a limit of
 * the job, or beyond the lengths of a model that leaves out, are counted, not lost in silence.
 *
 * <p>A record with nothing at all has an embedding, too:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/elastic.yaml")), 1);
 * try (Encoder encoder = Models.encoder(model, Backends.open(Kernels.of("java")))) {
 *   Recipe recipe = new Recipe(model.config(), Map.of(), encoder.subsequenceTokens());
 *   List<List<OpenRecord.Cell>> rows = List.of(); // no rows: a record with nothing at all
 *   float[] embedding = new Fuser(recipe, encoder).fuse(rows).embedding();
 * }
 * }</pre>
 */
@NullMarked
package tributary.record;

import org.jspecify.annotations.NullMarked;
