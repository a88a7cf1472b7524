/**
 * Checkpoints of Hugging Face's library -> {@link tributary.model.Model}: configuration and weights
 * under our names, nothing computed.
 *
 * <pre>
 *   config.json  -> HuggingFaceFields -> PerceiverCheckpoint -> PerceiverIoConfig
 *                                     \-> BertCheckpoint     -> BertConfig
 *   safetensors  -> TensorFiles (whole or sharded) -> PerceiverNames: theirs to ours -> weights
 *      = Checkpoint: model, architecture, faults
 * </pre>
 *
 * <p>Law: every tensor of the checkpoint finds its place, every place its tensor, or the import is
 * refused with all of them listed; every field of its configuration that changes a result is read
 * or refused by name. What is published is copied, quirks included: layer norms have epsilon 1e-5
 * whatever {@code layer_norm_eps} says. Nothing is downloaded.
 *
 * <p>Failure modes: a folder without a configuration, an index with a wrong entry, a shard outside
 * the folder or missing, an untied language head, an architecture that no class here runs; files in
 * other formats, quantized weights, adapters and pointers ({@link
 * tributary.tools.huggingface.Unread}), each with what to do: {@link
 * tributary.config.Problems.Refused}. With {@code allow} faults pass: what has no place is left
 * out, what is missing or misshapen is initialized at random, and the model's origin says so for
 * ever.
 *
 * <p>An example, of a folder that was fetched before:
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.read(Path.of("language-perceiver"), false);
 * ModelFiles.save(checkpoint.model(), Path.of("models/lp"));
 * }</pre>
 */
@NullMarked
package tributary.tools.huggingface;

import org.jspecify.annotations.NullMarked;
