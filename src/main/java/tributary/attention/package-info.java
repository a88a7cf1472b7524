/**
 * Cross-attention between sequences of different kinds: every published form as a class, forward,
 * on the kernel seam. What the encoders are composed of, and what a program may compose itself.
 *
 * <pre>
 *   weights by name -> Weights (uploaded once, per JVM) -> a form
 *                                                            | apply(scope, queries, keys, mask)
 *                                                            v
 *                                                          rows [groups, rows, channels]
 *   keys in parts:  form.inParts(scope, queries) -> MergeableAttention -> states that merge
 *
 *   one attend       CrossAttention, made by CrossAttentionBuilder; FoldedAttention
 *   blocks           CrossBlock, SelfBlock, Mlp
 *   networks         Perceiver, PerceiverIo, PerceiverDecoder, BertDecoder
 *                    TransformerDecoderLayer, step by step with Decoding
 *   two sequences    SelfDoc, CrossVit, Film
 *   further keys     PersistentMemoryAttention, Retro
 *   places           FourierFeatures
 * </pre>
 *
 * <p>Each class names its source and how it differs from it. Axes are [groups, rows, channels]; a
 * form holds weights of a backend, is JVM-wide and immutable, and is called with a task's {@link
 * tributary.tensor.Scope}.
 *
 * <p>Law: a group's rows depend on that group alone, as the backend's law has it. A mask says where
 * a query may attend (true = may); a query that may attend to nothing yields zeros, or with {@link
 * tributary.tensor.Attention.FullyMasked#UNIFORM} the mean of all values. Keys that come in parts
 * give equal bits in every grouping: projections, scores and sums are computed in double, and
 * rounded once.
 *
 * <p>Failure modes: a weight that is missing or has another shape is an {@link
 * java.lang.IllegalArgumentException} with its name and both shapes, when the form is made; shapes
 * that do not fit are refused by the operation that meets them.
 *
 * <p>Two queries of 4 channels attend to three rows, by weights of a seed:
 *
 * <pre>{@code
 * Map<String, Weight> tensors = new HashMap<>();
 * for (String name : List.of("query", "key", "value", "output")) {
 *   String weight = "attention." + name + ".weight";
 *   tensors.put(weight, Initialization.weight(weight, new long[] {4, 4}, 7));
 * }
 * tensors.put("attention.output.bias", new Weight(new long[] {4}, new float[4]));
 * try (Backend backend = new JavaBackend();
 *     Weights weights = new Weights(tensors, backend);
 *     Scope scope = backend.open(0)) {
 *   CrossAttention layer =
 *       CrossAttention.builder()
 *           .heads(2)
 *           .headWidth(2)
 *           .queryWidth(4)
 *           .contextWidth(4)
 *           .from(weights, "attention");
 *   Tensor x = scope.upload(new Shape(1, 2, 4), new float[8], 0);
 *   Tensor context = scope.upload(new Shape(1, 3, 4), new float[12], 0);
 *   Tensor y = layer.apply(scope, x, context, context, null); // [1, 2, 4]
 * }
 * }</pre>
 */
@NullMarked
package tributary.attention;

import org.jspecify.annotations.NullMarked;
