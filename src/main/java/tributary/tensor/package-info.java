/**
 * The kernel seam: what encoders and forms compute with, whatever computes it.
 *
 * <pre>
 *   Backend (per JVM, all threads)       constant(shape, values) -> Tensor: weights, until freed
 *     | open
 *     v
 *   Scope (per batch, one task's thread) upload -> linear, normalize, attend, add, ... -> values
 *     | inner
 *     v
 *   Scope                                intermediates, given back when it closes
 *
 *   java   JavaBackend         plain loops, sums in double: the oracle that others are compared with
 *   cpu    nd4j.Nd4jBackend    native products and vectorised rows, each group by itself
 *   cuda   nd4j.ArrayBackend   whole arrays on the device, many groups per call
 * </pre>
 *
 * <p>Every tensor is [groups, rows, channels], float32, row-major; a matrix is [1, out, in], a
 * vector [1, 1, channels]. {@link tributary.tensor.Shapes} holds the rules of shapes for all
 * backends, {@link tributary.tensor.SelfCheck} proves a backend against the oracle before its first
 * use.
 *
 * <p>Law: the values of one group depend on that group's inputs and shape alone, never on the
 * number of groups in the call or on its place among them. This is what lets Spark cut the work
 * anywhere and get the same bits. Where sums depend on the shape of a whole product, as on a GPU,
 * the model alone gives that shape: {@link tributary.tensor.Backend.Cut}. No groups and no rows are
 * legal; a query without keys gives zeros.
 *
 * <p>Failure modes: a shape that does not fit is an {@link java.lang.IllegalArgumentException} that
 * prints both sides, and so is a tensor of another backend; a tensor whose scope has been closed is
 * an {@link java.lang.IllegalStateException}; memory that can't be had is an {@link
 * java.lang.OutOfMemoryError}; a backend that computes wrong values refuses to start, with the
 * operation and by how much.
 *
 * <p>Two groups of one row through a layer:
 *
 * <pre>{@code
 * try (Backend backend = new JavaBackend();
 *     Scope scope = backend.open(0)) {
 *   Tensor weight = backend.constant(Shape.matrix(1, 2), new float[] {1, 10});
 *   Tensor x = scope.upload(new Shape(2, 1, 2), new float[] {1, 2, 3, 4}, 0);
 *   Tensor y = scope.linear(x, new Linear(weight, null), Activation.NONE); // [2, 1, 1]
 *   float[] values = scope.values(y); // 21, 43
 * }
 * }</pre>
 */
@NullMarked
package tributary.tensor;

import org.jspecify.annotations.NullMarked;
