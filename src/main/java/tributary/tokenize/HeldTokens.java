package tributary.tokenize;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Tokens that are all there: one block without a copy where they are few, else copied blocks. */
final class HeldTokens implements Tokens {
  private final int channels;

  /** [tokens, channels]. */
  private final float[] values;

  private int from;

  HeldTokens(int channels, float[] values) {
    this.channels = channels;
    this.values = values;
  }

  @Override
  public @Nullable TokenBlock next() {
    if (from == values.length) {
      return null;
    }
    int most = RowTokens.blockTokens(channels) * channels;
    int to = Math.min(values.length, from + most);
    boolean whole = to - from == values.length;
    float[] block = whole ? values : Arrays.copyOfRange(values, from, to);
    from = to;
    return new TokenBlock.Values(channels, block);
  }
}
