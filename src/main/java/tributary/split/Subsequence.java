package tributary.split;

import java.util.List;
import tributary.tokenize.TokenBlock;

/**
 * Consecutive tokens of one modality of one record that are encoded together: a whole subtree of
 * leaf groups, or the last, shorter one.
 *
 * @param modality its name
 * @param index place among the modality's subsequences: it starts at token index * (tokens of a
 *     whole subsequence)
 * @param blocks the tokens in order; not empty
 */
public record Subsequence(String modality, long index, List<TokenBlock> blocks) {
  public int tokens() {
    int n = 0;
    for (TokenBlock b : blocks) {
      n += b.count();
    }
    return n;
  }
}
