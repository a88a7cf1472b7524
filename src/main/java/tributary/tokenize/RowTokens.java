package tributary.tokenize;

import org.jspecify.annotations.Nullable;

/** Tokens that can be written one by one, by their place: blocks bounded in tokens and in bytes. */
final class RowTokens implements Tokens {
  /** A block of wide tokens holds fewer of them, so that it stays near this size; one at least. */
  private static final int BLOCK_BYTES = 4 << 20;

  private final int count;
  private final int channels;
  private final Row row;
  private int from;

  /** Writes one token. */
  interface Row {
    /** Writes token i into values[at .. at + channels). */
    void write(int i, float[] values, int at);
  }

  RowTokens(int count, int channels, Row row) {
    this.count = count;
    this.channels = channels;
    this.row = row;
  }

  /** Most tokens of a block where a token has this many channels. */
  static int blockTokens(int channels) {
    return Math.max(1, Math.min(BLOCK, BLOCK_BYTES / Float.BYTES / channels));
  }

  @Override
  public @Nullable TokenBlock next() {
    if (from == count) {
      return null;
    }
    int tokens = Math.min(count - from, blockTokens(channels));
    float[] values = new float[tokens * channels];
    for (int i = 0; i < tokens; i++) {
      row.write(from + i, values, i * channels);
    }
    from += tokens;
    return new TokenBlock.Values(channels, values);
  }
}
