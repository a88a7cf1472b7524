/**
 * Cross-attention between sequences of different kinds: every published form as a class, on the
 * kernel seam. What the encoders are composed of, and what a program may compose itself.
 *
 * <p>Axes are [groups, rows, channels]; a form holds weights of a backend, is JVM-wide and
 * immutable, and is called with a task's {@link tributary.tensor.Scope}.
 */
@NullMarked
package tributary.attention;

import org.jspecify.annotations.NullMarked;
