/**
 * What encoded subsequences merge as, and its bytes.
 *
 * <p>Laws: merging is associative and commutative with the empty value as identity; bytes
 * round-trip bit by bit. Knows only the JDK.
 */
@NullMarked
package tributary.merge;

import org.jspecify.annotations.NullMarked;
