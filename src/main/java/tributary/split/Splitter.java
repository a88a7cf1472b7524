package tributary.split;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import tributary.base.Invalid;
import tributary.tokenize.TokenBlock;

/**
 * Cuts the tokens of one modality of one record into {@link Subsequence}s of a fixed number of
 * tokens, the last one shorter: a pure function of the token positions, whatever blocks the tokens
 * come in. Lives in a task; holds at most one subsequence.
 */
public final class Splitter {
  private final String modality;
  private final long unit;
  private final Consumer<Subsequence> out;
  private List<TokenBlock> pending = new ArrayList<>();
  private long pendingTokens;
  private long index;

  /**
   * @param unit tokens of a whole subsequence (see Encoder.subsequenceTokens)
   * @param out takes each subsequence as soon as it is whole
   */
  public Splitter(String modality, long unit, Consumer<Subsequence> out) {
    if (unit < 1) {
      throw Invalid.argument("unit", unit, "at least 1 token");
    }
    this.modality = modality;
    this.unit = unit;
    this.out = out;
  }

  /** Takes the next tokens. */
  public void push(TokenBlock block) {
    int from = 0;
    while (from < block.count()) {
      int take = (int) Math.min(block.count() - from, unit - pendingTokens);
      pending.add(slice(block, from, from + take));
      pendingTokens += take;
      from += take;
      if (pendingTokens == unit) {
        flush();
      }
    }
  }

  /** The last subsequence goes out, if there is one. */
  public void finish() {
    if (pendingTokens > 0) {
      flush();
    }
  }

  private void flush() {
    List<TokenBlock> whole = pending;
    pending = new ArrayList<>();
    pendingTokens = 0;
    out.accept(new Subsequence(modality, index++, List.copyOf(whole)));
  }

  /** Tokens [from, to) of a block; the block itself where that is all of it. */
  public static TokenBlock slice(TokenBlock block, int from, int to) {
    if (from == 0 && to == block.count()) {
      return block;
    }
    if (block instanceof TokenBlock.Ids ids) {
      return new TokenBlock.Ids(Arrays.copyOfRange(ids.ids(), from, to));
    }
    TokenBlock.Values values = (TokenBlock.Values) block;
    int c = values.channels();
    return new TokenBlock.Values(c, Arrays.copyOfRange(values.values(), from * c, to * c));
  }
}
