package tributary.tokenize;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.read.Signal;

/** The bytes of a text, as they are: rows 0 to 255 of the embedding table. */
final class TextTokens implements Tokens {
  private final byte[] utf8;
  private int from;

  TextTokens(Signal.Text text) {
    this.utf8 = text.utf8();
  }

  @Override
  public @Nullable TokenBlock next() {
    if (from == utf8.length) {
      return null;
    }
    int to = Math.min(utf8.length, from + BLOCK);
    boolean whole = to - from == utf8.length; // nobody changes what a payload holds: no copy
    byte[] ids = whole ? utf8 : Arrays.copyOfRange(utf8, from, to);
    from = to;
    return new TokenBlock.Ids(ids);
  }
}
