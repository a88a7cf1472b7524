/**
 * The kernel seam: {@link tributary.tensor.Backend} makes {@link tributary.tensor.Scope}s, a scope
 * owns the memory of one batch and runs the operations. Every tensor is [groups, rows, channels],
 * float32, row-major.
 *
 * <p>Law: the values of one group depend on that group's inputs and shape alone, never on the
 * number of groups in the call or on its place among them. This is what lets Spark cut the work
 * anywhere and get the same bits.
 *
 * <p>Failure modes: a shape that does not fit is an {@link java.lang.IllegalArgumentException} that
 * prints both sides; memory that can't be had is an {@link java.lang.OutOfMemoryError}; a backend
 * that computes wrong values refuses to start.
 */
@NullMarked
package tributary.tensor;

import org.jspecify.annotations.NullMarked;
