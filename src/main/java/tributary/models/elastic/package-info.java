/**
 * The elastic hierarchy: sequences of any length, absent modalities, one embedding. What a job
 * takes unless told otherwise.
 *
 * <pre>
 *   tokens        t0 ... t255 | t256 ... t511 | ...      ElasticEncoder.encode: a subsequence is a
 *   level 0         latents      latents                 whole subtree of leaf groups and leaves one
 *   level 1            \_ fan_in to 1 _/ ...             node: latents and number of tokens
 *   merge           ... repeated while there is more     ElasticMerge: nodes join as they stream by
 *                       than one group
 *   roots         one per modality present + its code
 *   fusion        Fusion: one of seven forms (FusionForm) -> fusion latents [K, C]
 *   head          mean over them, projected -> embedding [D]
 * </pre>
 *
 * <p>{@link tributary.models.elastic.ElasticLevels} are the steps, which encoder, autoencoder and
 * explainer share. An element's code is that of its offset within its group, a learned row or
 * Fourier features projected ({@link tributary.encode.PositionCodes}); its group's place follows
 * from the slot codes on the path to the root, so length is unlimited. With {@code proportional} a
 * child's keys count by how full the child is (Bolya et al. 2023, equation 1), so that a last group
 * of one token has a token's say; children that are alike full need no weights.
 *
 * <p>Law: boundaries of groups follow from positions alone, and a group's latents from that group
 * alone, so any cut into subsequences and any partitioning give the same bits; {@link
 * tributary.models.elastic.ElasticAutoencoder}, which holds a record whole, agrees with the encoder
 * bit for bit. Memory of {@code finish} is fewer than fan_in nodes per level. A record with nothing
 * at all is what the fusion latents are when they attend to nothing.
 *
 * <p>Failure modes: sizes that do not divide, and forms of fusion that the number of modalities or
 * the sizes don't allow, are refused with the configuration. A model without {@code decoder_heads}
 * can't reconstruct; the fusion forms selfdoc, film, crossvit and retro have no latents that look
 * at each root, so they can't be explained. Nodes out of order are an {@link
 * java.lang.IllegalArgumentException}. All of it has an ONNX form, a graph per step: {@link
 * tributary.models.elastic.ElasticGraphs}.
 *
 * <p>Where each byte of a text has its say:
 *
 * <pre>{@code
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/elastic.yaml")), 1);
 * Backend backend = Backends.open(Kernels.of("java"));
 * try (ElasticAutoencoder whole = new ElasticAutoencoder(model, backend)) {
 *   TokenBlock bytes = new TokenBlock.Ids(new byte[] {'a', 'b', 'c'});
 *   Map<String, Subsequence> record = Map.of("text", new Subsequence("text", 0, List.of(bytes)));
 *   double[] shares = whole.shares(record).get("text"); // three, their sum 1
 * }
 * }</pre>
 */
@NullMarked
package tributary.models.elastic;

import org.jspecify.annotations.NullMarked;
