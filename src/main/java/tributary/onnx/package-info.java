/**
 * A model as ONNX graphs, for other runtimes and for comparison with them. Needs neither Spark nor
 * an ONNX library.
 *
 * <p>{@link tributary.models.OnnxExport} writes the encoder of a model:
 *
 * <ul>
 *   <li>elastic as one graph a step, because the number of steps depends on the record: {@code
 *       leaf.MODALITY.onnx} a modality, {@code level.1.onnx} and on, {@code merge.onnx}, and {@code
 *       fusion.onnx} of every form of fusion ({@link tributary.models.elastic.FusionGraph})
 *   <li>hip, which has fixed lengths, and perceiver as one graph from the tokens to the embedding
 *       ({@link tributary.models.hip.HipGraph}, {@link
 *       tributary.models.perceiver.PerceiverRecordGraph})
 *   <li>perceiver-io as {@code encoder.onnx}, preprocessing included, and {@code decoder.onnx}, for
 *       every task ({@link tributary.models.perceiverio.PerceiverIoGraphs})
 *   <li>bert with cross-attention, causal, as one graph from ids to its last hidden states ({@link
 *       tributary.onnx.OnnxNetworks#bertDecoder}); its pooler and heads are not among them
 * </ul>
 *
 * <p>{@link tributary.onnx.OnnxForms} and {@link tributary.onnx.OnnxNetworks} make one graph of
 * each form of {@link tributary.form} alone, from the same weights, masks as inputs where they are
 * asked for. What is retrieved, cached or merged in parts is the caller's: RETRO's neighbours are
 * an input, decoding step by step has no graph, and a graph sees all keys at once.
 *
 * <p>Opset 20, standard operators only. Weights stand as they are, linear ones transposed; what
 * depends on weights alone is left to the constant folding of the runtime. Fourier features are
 * made in the graph, in float64.
 *
 * <p>The files are written by {@link tributary.onnx.Message}, a protobuf writer of a hundred lines:
 * a graph is a dozen kinds of message that are only ever written, its weights go to the file
 * without a second copy, and the one Java artifact with generated ONNX classes is a part of ND4J
 * that is bound to its own shaded protobuf.
 *
 * <p>Failure modes, each with a message: a place that can't be written to, files that are there
 * already, a bert that no class here runs, a graph above the 2 GiB that protobuf allows.
 */
@NullMarked
package tributary.onnx;

import org.jspecify.annotations.NullMarked;
