/**
 * Perceiver IO (Jaegle et al. 2021) and its published tasks: what imported checkpoints are run
 * with.
 *
 * <pre>
 *   signal -> PerceiverInputs, by PerceiverTask -> inputs [g, m, c]
 *               ids of a text, pixels, two frames, video + sound
 *                 |  one cross-attend of learned latents, then `blocks` times the same layers
 *                 v
 *               latents [g, K, C] --mean--> embedding          PerceiverIoEncoder: the job's
 *                 |  output queries, one cross-attend
 *                 v
 *               logits of bytes or labels, movement of pixels, video + sound + label
 *                                                              PerceiverIoModel, PerceiverAutoencoder
 * </pre>
 *
 * <p>Law: what is published is copied, quirks included, and every quirk is said where it is: widths
 * that the published code fixes are constants of {@link
 * tributary.models.perceiverio.PerceiverTask}. A text or picture is encoded by itself, so its bits
 * do not depend on the batch. Output queries may be decoded in parts: an output depends on its
 * query and the latents alone.
 *
 * <p>In the job, a text is [CLS], its bytes and [SEP], a record without text the empty text; a
 * picture is what the published image processor makes of it, a record without one all zeros.
 *
 * <p>{@link tributary.models.perceiverio.PerceiverIoLearner} learns from texts and pictures: a
 * hidden byte is [MASK] and decoded by the language model, a hidden pixel is left out.
 *
 * <p>Failure modes: task image_conv can't learn, for its convolution has no backward pass; optical
 * flow and video are refused as a job's encoder, since no cell of a table is their input; a text
 * beyond the table of positions is too long, a picture of another size is refused; task image_conv
 * can't be explained, for its inputs are no pixels. A checkpoint's tensors that have no place are
 * refused by the import, {@link tributary.tools.huggingface.Checkpoint}.
 *
 * <p>Logits of every byte of a text, by a small model of random weights:
 *
 * <pre>{@code
 * Model model =
 *     Initialization.random(
 *         ModelConfigs.read(Path.of("src/test/resources/models/tiny-perceiver-io.yaml")), 1);
 * Backend backend = Backends.open(Kernels.of("java"));
 * try (PerceiverIoModel io = new PerceiverIoModel(model, backend);
 *     Scope scope = backend.open(0)) {
 *   int[] ids = {4, 'a' + 6, 'b' + 6, 5}; // [CLS] a b [SEP]
 *   Tensor latents = io.latents(scope, io.inputs().ids(scope, ids, 1), null); // [1, K, C]
 *   Tensor logits = io.decode(scope, latents); // [1, positions, vocabulary]
 * }
 * }</pre>
 */
@NullMarked
package tributary.models.perceiverio;

import org.jspecify.annotations.NullMarked;
