/**
 * Exported graphs run in ONNX Runtime and compared with the encoder that they were made from.
 *
 * <pre>
 *   model -> tributary.onnx graphs -> OnnxSession (ONNX Runtime) -\
 *   model -> Encoder ----------------------------------------------> OnnxCheck: largest difference
 *
 *   ElasticCheck  step by step, OnnxEncoder the whole job's way    WholeCheck  one graph (hip, perceiver)
 *   PerceiverIoCheck  encoder and decoder                          BertCheck   two sequences
 * </pre>
 *
 * <p>Law: the same inputs, made by seed, go both ways, and a graph passes where no value differs by
 * more than the tolerance that the check names.
 *
 * <p>Failure modes: without ONNX Runtime on the class path, {@link tributary.tools.onnxcheck.Peer}
 * says so in one sentence; a graph that ONNX Runtime refuses is a failed check with its message.
 *
 * <p>An example; {@code model export} does it with every model that it writes:
 *
 * <pre>{@code
 * Peer.require("check a model");
 * Model model = Initialization.random(ModelConfigs.read(Path.of("conf/models/hip-mini.yaml")), 1);
 * List<Path> files = OnnxExport.write(model, Files.createTempDirectory("onnx"));
 * Backend backend = Backends.open(Kernels.of("cpu"));
 * double difference = OnnxCheck.difference(model, backend, files); // refused above 1e-5
 * }</pre>
 */
@NullMarked
package tributary.tools.onnxcheck;

import org.jspecify.annotations.NullMarked;
