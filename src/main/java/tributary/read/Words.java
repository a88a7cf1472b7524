package tributary.read;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The words of a text of numbers, one after the other or line by line: what is between spaces and
 * the ends of lines (LF, CR LF or CR). Used by one thread.
 */
final class Words {
  private static final int SHOWN = 24;

  /** Java's numbers have more forms: hexadecimal ones, and letters behind them. */
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

  /** What programs write for what is no number. */
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?(nan.*|inf(inity)?|1\\.#.*)", Pattern.CASE_INSENSITIVE);

  private final byte[] text;
  private int at;

  Words(byte[] text, int from) {
    this.text = text;
    this.at = from;
  }

  /** Bytes that are left. */
  int left() {
    return text.length - at;
  }

  /** The next word, on this line or a later one; null at the end. */
  @Nullable String next() {
    while (at < text.length && isSpace(text[at])) {
      at++;
    }
    return at == text.length ? null : word();
  }

  /** Passes over the rest of this line. */
  void skipLine() {
    while (at < text.length && !isEnd(text[at])) {
      at++;
    }
  }

  /**
   * The words of the next line that has any, without what is behind a #; null at the end. A
   * backslash at a line's end joins the next one to it.
   */
  String @Nullable [] line() {
    List<String> words = new ArrayList<>();
    while (at < text.length) {
      byte b = text[at];
      if (b == '#') {
        skipLine();
      } else if (b == '\\' && joins()) {
        continue;
      } else if (isEnd(b)) {
        at++;
        if (!words.isEmpty()) {
          break;
        }
      } else if (isSpace(b)) {
        at++;
      } else {
        words.add(word());
      }
    }
    return words.isEmpty() ? null : words.toArray(new String[0]);
  }

  /** Whether a backslash ended the line; then the next one is begun. */
  private boolean joins() {
    int next = at + 1;
    while (next < text.length && isSpace(text[next]) && !isEnd(text[next])) {
      next++;
    }
    if (next < text.length && !isEnd(text[next])) {
      return false;
    }
    boolean two = next + 1 < text.length && text[next] == '\r' && text[next + 1] == '\n';
    at = Math.min(text.length, next + (two ? 2 : 1));
    return true;
  }

  private String word() {
    int from = at++;
    while (at < text.length && !isSpace(text[at]) && text[at] != '#') {
      at++;
    }
    return new String(text, from, at - from, StandardCharsets.ISO_8859_1);
  }

  private static boolean isEnd(byte b) {
    return b == '\n' || b == '\r';
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b >= '\t' && b <= '\r';
  }

  static boolean isNumber(String word) {
    return NUMBER.matcher(word).matches();
  }

  /**
   * A number; NaN for what programs write where there is none.
   *
   * @param what it should be, for the message
   * @throws Rejected CORRUPT_MESH
   */
  static double number(String format, String what, @Nullable String word) {
    if (word != null && isNumber(word)) {
      return Double.parseDouble(word);
    }
    if (word != null && NOT_FINITE.matcher(word).matches()) {
      return Double.NaN;
    }
    throw MeshReader.corrupt(format, what + " is " + shown(word) + ", no number");
  }

  /** A whole number of 32 bits. */
  static int whole(String format, String what, @Nullable String word) {
    try {
      return Integer.parseInt(word == null ? "" : word);
    } catch (NumberFormatException e) {
      throw MeshReader.corrupt(format, what + " is " + shown(word) + ", no whole number");
    }
  }

  /** A word as messages have it: short, without what can't be printed. */
  static String shown(@Nullable String word) {
    if (word == null) {
      return "missing";
    }
    String start = word.substring(0, Math.min(SHOWN, word.length())).replaceAll("[^ -~]", "?");
    return String.format(Locale.ROOT, "\"%s%s\"", start, word.length() > SHOWN ? "..." : "");
  }
}
