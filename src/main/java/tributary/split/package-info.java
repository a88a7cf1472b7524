/**
 * {@link tributary.tokenize.Tokens} -> {@link tributary.split.Subsequence}: whole subtrees of leaf
 * groups, cut by position alone.
 *
 * <pre>
 *   blocks of tokens, as they come   |----|---------|--|------|
 *   Splitter: every `unit` tokens    [ subsequence 0 ][ subsequence 1 ][ 2 ]     the last may be shorter
 *                                      --SubsequenceBytes--> shuffle --> encode, wherever it arrives
 * </pre>
 *
 * <p>{@code unit} is what the encoder calls a whole subsequence, so a cut is never within a
 * subtree.
 *
 * <p>Law: a pure function of the positions: whatever blocks the tokens come in, the same
 * subsequences come out, and bytes round-trip bit by bit. Holds at most one subsequence.
 *
 * <p>Failure modes: blocks of different types or widths can't be written; bytes with another magic,
 * version, length or checksum are an {@link java.lang.IllegalStateException} that names the field
 * and both values. No tokens give no subsequence.
 *
 * <p>Five tokens in twos:
 *
 * <pre>{@code
 * List<Subsequence> cut = new ArrayList<>();
 * Splitter splitter = new Splitter("text", 2, cut::add);
 * splitter.push(new TokenBlock.Ids(new byte[] {1, 2, 3}));
 * splitter.push(new TokenBlock.Ids(new byte[] {4, 5}));
 * splitter.finish();
 * int last = cut.get(2).tokens(); // 1
 * }</pre>
 */
@NullMarked
package tributary.split;

import org.jspecify.annotations.NullMarked;
