/**
 * What encoded subsequences leave behind, how it merges, and its bytes. Knows nothing but the JDK
 * and {@code base}, so it can be read and run by itself.
 *
 * <pre>
 *   subsequence -> encode -> Node  --NodeBytes--> shuffle --NodeBytes--> Nodes of a record, in order
 *                              level, index, tokens, latents [K, C]
 *
 *   fixed queries over keys in parts
 *     keys of a part -> AttentionState (m, l, acc) per query and head  \
 *     keys of a part -> AttentionState                                  > merge -> finish: acc / l
 *     AttendedParts: the same for all queries and heads, from what kernels found in a part
 * </pre>
 *
 * <p>Laws: merging is commutative, and associative up to rounding, so a fixed order gives fixed
 * bits; the empty state is its identity, and empty + empty is empty. m is the largest score, l the
 * sum of exp(score - m), acc that sum weighted by values (Rabe and Staats 2021), in double. Bytes
 * round-trip bit by bit.
 *
 * <p>Failure modes: states of other widths are an {@link java.lang.IllegalArgumentException}; bytes
 * with another magic, version, model hash, length or checksum are an {@link
 * java.lang.IllegalStateException} that names the field and both values. Where no key was seen the
 * result is zeros.
 *
 * <p>Two parts of one query's keys:
 *
 * <pre>{@code
 * AttentionState left = new AttentionState(1);
 * left.accept(0, new float[] {1}, 0);
 * AttentionState right = new AttentionState(1);
 * right.accept(0, new float[] {3}, 0);
 * left.merge(right);
 * float[] mean = left.finish(); // 2
 * }</pre>
 */
@NullMarked
package tributary.merge;

import org.jspecify.annotations.NullMarked;
