/**
 * Graphs and their bytes: what models and attention forms are written as ONNX with, for other
 * runtimes and for comparison with them. Needs neither Spark nor an ONNX library.
 *
 * <pre>
 *   weights -> Layers, MultiHead, Blocks, ... -> OnnxGraph -> Message (protobuf) -> OnnxFiles: a file
 *                named nodes and constants        inputs,
 *                                                 outputs
 *   a form alone     OnnxForms, OnnxNetworks -> OnnxForm: .masked(...).write(file)
 *   a whole model    its family's graphs, by tributary.models.OnnxExport
 * </pre>
 *
 * <p>{@link tributary.models.OnnxExport} writes the encoder of a model:
 *
 * <ul>
 *   <li>elastic as one graph per step, because the number of steps depends on the record: {@code
 *       leaf.MODALITY.onnx} per modality, {@code level.1.onnx} and on, {@code merge.onnx}, and
 *       {@code fusion.onnx} of every form of fusion ({@link tributary.models.elastic.FusionGraph})
 *   <li>hip, which has fixed lengths, and perceiver as one graph from the tokens to the embedding
 *       ({@link tributary.models.hip.HipGraph}, {@link
 *       tributary.models.perceiver.PerceiverRecordGraph})
 *   <li>perceiver-io as {@code encoder.onnx}, preprocessing included, and {@code decoder.onnx}, for
 *       every task ({@link tributary.models.perceiverio.PerceiverIoGraphs})
 *   <li>bert with cross-attention, causal, as one graph from ids to its last hidden states ({@link
 *       tributary.onnx.OnnxNetworks#bertDecoder}); its pooler and heads are not among them
 * </ul>
 *
 * <p>A README.md beside them says what goes in and out and how the steps are chained ({@link
 * tributary.onnx.OnnxGuide}, for elastic with a program); metadata hold the modalities' order,
 * which is the configuration's everywhere.
 *
 * <p>{@link tributary.onnx.OnnxForms} and {@link tributary.onnx.OnnxNetworks} make one graph of
 * each form of {@link tributary.attention} alone, from the same weights, masks as inputs where they
 * are asked for. What is retrieved, cached or merged in parts is the caller's: RETRO's neighbours
 * are an input, decoding step by step has no graph, and a graph sees all keys at once.
 *
 * <p>Law: a graph gives what the class gives, to 1e-5 in ONNX Runtime ({@link
 * tributary.tools.onnxcheck}). Opset 20, standard operators only. Weights are written as they are,
 * linear ones transposed; what depends on weights alone is left to the constant folding of the
 * runtime. Fourier features are made in the graph, in float64.
 *
 * <p>The files are written by {@link tributary.onnx.Message}, a protobuf writer of a hundred lines:
 * a graph is a dozen kinds of message that are only ever written, and its weights go to the file
 * without a second copy. Generated ONNX classes exist ({@code org.tribuo:tribuo-util-onnx}) and
 * would bring a protobuf runtime along, for every program that uses this library.
 *
 * <p>Failure modes, each with a message: a place that can't be written to, files that are there
 * already, a bert that no class here runs, a graph above the 2 GiB that protobuf allows.
 *
 * <p>FiLM as a graph:
 *
 * <pre>{@code
 * Map<String, Weight> weights =
 *     Map.of(
 *         "generator.weight", Initialization.weight("generator.weight", new long[] {8, 3}, 1),
 *         "generator.bias", new Weight(new long[] {8}, new float[8]));
 * OnnxForms.film(weights, "").write(Files.createTempDirectory("onnx").resolve("film.onnx"));
 * }</pre>
 */
@NullMarked
package tributary.onnx;

import org.jspecify.annotations.NullMarked;
