package tributary.report;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import tributary.base.Html;

/**
 * A text's bytes in three lines: the original with its hidden bytes marked, what the model saw, and
 * the reconstruction, in which a hidden byte that was found is underlined and a wrong one is boxed.
 * Bytes that are no UTF-8 are shown by their hex digits, and so are characters that would turn the
 * line around.
 */
final class TextView {
  /** Bytes that are shown of one text. */
  static final int BYTES = 4000;

  private TextView() {}

  static String of(Reconstruction.Bytes of) {
    int n = Math.min(BYTES, of.visible().length);
    byte[] mixed = of.original().clone();
    for (int i = 0; i < n; i++) {
      mixed[i] = of.visible()[i] ? mixed[i] : of.reconstructed()[i];
    }
    StringBuilder original = new StringBuilder();
    StringBuilder saw = new StringBuilder();
    for (int from = 0; from < n; ) {
      int to = from + length(of.original(), from, n);
      boolean hidden = hidden(of, from, to);
      original.append(marked(hidden ? "hid" : "", shown(of.original(), from, to)));
      saw.append(
          hidden ? marked("gap", "\u2591".repeat(to - from)) : shown(of.original(), from, to));
      from = to;
    }
    StringBuilder made = new StringBuilder();
    for (int from = 0; from < n; ) {
      int to = from + length(mixed, from, n);
      made.append(marked(verdict(of, from, to), shown(mixed, from, to)));
      from = to;
    }
    return row("original", original) + row("what the model saw", saw) + row("reconstruction", made);
  }

  private static String row(String name, CharSequence text) {
    return "<p class=\"what\">" + name + "</p><div class=\"text\" dir=\"auto\">" + text + "</div>";
  }

  private static String marked(String kind, String text) {
    return kind.isEmpty() ? text : "<span class=\"" + kind + "\">" + text + "</span>";
  }

  private static boolean hidden(Reconstruction.Bytes of, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!of.visible()[i]) {
        return true;
      }
    }
    return false;
  }

  private static String verdict(Reconstruction.Bytes of, int from, int to) {
    if (!hidden(of, from, to)) {
      return "";
    }
    for (int i = from; i < to; i++) {
      if (!of.visible()[i] && of.original()[i] != of.reconstructed()[i]) {
        return "bad";
      }
    }
    return "good";
  }

  /** Bytes of the character that starts there; 1 where none does. */
  private static int length(byte[] bytes, int from, int n) {
    int first = bytes[from] & 0xff;
    int length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return from + length <= n && decoded(bytes, from, length) != null ? length : 1;
  }

  private static @org.jspecify.annotations.Nullable String decoded(
      byte[] bytes, int from, int length) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer out = CharBuffer.allocate(length);
    return decoder.decode(ByteBuffer.wrap(bytes, from, length), out, true).isError()
        ? null
        : out.flip().toString();
  }

  private static String shown(byte[] bytes, int from, int to) {
    String character = decoded(bytes, from, to - from);
    if (character != null && plain(character.codePointAt(0))) {
      return Html.escaped(character);
    }
    StringBuilder hex = new StringBuilder();
    for (int i = from; i < to; i++) {
      hex.append(String.format(Locale.ROOT, "%02X", bytes[i]));
    }
    return "<span class=\"hex\">" + hex + "</span>";
  }

  /** Neither a control character nor one that says how others are ordered. */
  private static boolean plain(int c) {
    return c == '\n' || !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
  }
}
