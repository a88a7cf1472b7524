/**
 * {@link tributary.tokenize.Tokens} -> {@link tributary.split.Subsequence}: whole subtrees of leaf
 * groups, cut by position alone.
 */
@NullMarked
package tributary.split;

import org.jspecify.annotations.NullMarked;
