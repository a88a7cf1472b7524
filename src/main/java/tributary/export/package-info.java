/**
 * A model as ONNX graphs, for other runtimes and for comparison with them. Needs neither Spark nor
 * an ONNX library.
 *
 * <p>The elastic hierarchy is one graph a step, because the number of steps depends on the record:
 * {@code leaf.MODALITY.onnx} a modality, {@code level.1.onnx} and on, {@code merge.onnx}, {@code
 * fusion.onnx}. Hierarchical Perceiver has fixed lengths and is one graph from the tokens to the
 * embedding.
 *
 * <p>Opset 20, standard operators only: LayerNormalization, MatMul, Add, Softmax, Gelu. Weights
 * stand as they are, linear ones transposed; what depends on weights alone is left to the constant
 * folding of the runtime.
 *
 * <p>The files are written by {@link tributary.export.Message}, a protobuf writer of a hundred
 * lines: a graph is a dozen kinds of message that are only ever written, its weights go to the file
 * without a second copy, and the one Java artifact with generated ONNX classes is a part of ND4J
 * that is bound to its own shaded protobuf.
 *
 * <p>Failure modes, each with a message: a place that can't be written to, files that are there
 * already, an encoder without an ONNX form, a graph above the 2 GiB that protobuf allows.
 */
@NullMarked
package tributary.export;

import org.jspecify.annotations.NullMarked;
