/**
 * Hierarchical Perceiver as published (Carreira et al. 2022): fixed lengths, unmasked padding,
 * levels of fewer and fewer groups up to a processor in the middle, and back down for learning.
 *
 * <pre>
 *   modality A  tokens, filled up to their length \
 *   modality B  tokens                             > HipLayout: groups of level 0, as many as each needs
 *   (absent: all zero tokens)                     /
 *   level 0    [G0, K, C]   each group's latents attend to its rows
 *      |  regroup: neighbours (reshape), or some of each group (transpose_reshape)
 *   level 1    [G1, K, C]
 *      ...
 *   processor  [1, K, C]  -> mean over its latents: the embedding
 *      |        \_ labels, if any, join here and are decoded from here
 *   level P+1 ... + skip connections from the mirrored level -> reconstruction     decoder: true
 * </pre>
 *
 * <p>{@link tributary.models.hip.HipLevels} are the steps; {@link tributary.models.hip.HipLearner}
 * takes them on a tape, the groups of all records in one call. The presets mini, 16, 256 and 16x3
 * have the published sizes; with {@code label_modalities} the model is the published
 * HiPClassBottleneck.
 *
 * <p>Law: a modality is one subsequence, since its groups depend on its length; a group's latents
 * depend on that group alone. What pads is attended to like the rest, as published, and what it
 * wastes is in the manifest.
 *
 * <p>Failure modes: tokens beyond a modality's length are left out, counted and marked in the row;
 * levels whose groups or latents do not divide, or do not mirror where a skip connection needs it,
 * are refused with the configuration. With labels or transposed groups the model can't be
 * explained; without {@code decoder} it can't reconstruct. All of it has an ONNX form: {@link
 * tributary.models.hip.HipGraph}.
 *
 * <p>An example:
 *
 * <pre>{@code
 * Model model =
 *     Initialization.random(
 *         ModelConfigs.parse(
 *             "{encoder: hip, preset: mini, modalities: [{name: text, kind: text, length: 512}]}",
 *             "an example"),
 *         1);
 * try (Encoder encoder = Models.encoder(model, Backends.open(Kernels.of("java")))) {
 *   float[] embedding = encoder.finish(Map.of()); // of a record with nothing at all: [1024]
 * }
 * }</pre>
 */
@NullMarked
package tributary.models.hip;

import org.jspecify.annotations.NullMarked;
