/**
 * Exported graphs run in ONNX Runtime and compared with the encoder that they were made from.
 *
 * <pre>
 *   model -> tributary.onnx graphs -> OnnxSession (ONNX Runtime) -\
 *   model -> Encoder ----------------------------------------------> OnnxCheck: largest difference
 * </pre>
 *
 * <p>Law: the same inputs, made by seed, go both ways, and a graph passes where no value differs by
 * more than the tolerance that the check names.
 *
 * <p>Failure modes: without ONNX Runtime on the class path, {@link tributary.tools.onnxcheck.Peer}
 * says so in one sentence; a graph that ONNX Runtime refuses is a failed check with its message.
 */
@NullMarked
package tributary.tools.onnxcheck;

import org.jspecify.annotations.NullMarked;
