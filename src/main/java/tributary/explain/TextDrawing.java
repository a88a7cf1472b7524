package tributary.explain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tributary.base.Html;

/**
 * A text, each character on a tile of its share: that of its bytes together. UTF-8 that a limit cut
 * within a character ends in U+FFFD.
 */
final class TextDrawing implements Drawing {
  private final Part part;
  private final byte[] bytes;
  private final List<Integer> starts = new ArrayList<>(); // of the characters, and the end

  TextDrawing(Part part) {
    this.part = part;
    this.bytes = part.bytes();
    for (int at = 0; at < bytes.length; at++) {
      if (at == 0 || (bytes[at] & 0xc0) != 0x80 || at - starts.get(starts.size() - 1) == 4) {
        starts.add(at);
      }
    }
    starts.add(bytes.length);
  }

  private int characters() {
    return starts.size() - 1;
  }

  private String character(int i) {
    int from = starts.get(i);
    return new String(bytes, from, starts.get(i + 1) - from, StandardCharsets.UTF_8);
  }

  private double share(int i) {
    double share = 0;
    for (int at = starts.get(i); at < starts.get(i + 1); at++) {
      share += part.shares()[at];
    }
    return share;
  }

  @Override
  public String view() {
    return "text";
  }

  @Override
  public String html() {
    byte[] lengths = new byte[characters()];
    double largest = part.largest();
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = (byte) (starts.get(i + 1) - starts.get(i));
      String character = character(i);
      // A character of several tokens may have more than the largest share of one.
      char tile = Scale.letter(Scale.step(share(i), largest));
      out.append("<i class=").append(tile).append('>');
      out.append(character.equals("\n") ? "\u21b5\n" : Html.escaped(character)).append("</i>");
    }
    return "<div class=\"text\" dir=\"auto\" tabindex=\"0\" data-bytes=\""
        + Base64.getEncoder().encodeToString(lengths)
        + "\">"
        + out
        + "</div>";
  }

  @Override
  public String token(int t) {
    int i = 0;
    while (starts.get(i + 1) <= t) {
      i++;
    }
    int from = starts.get(i);
    int length = starts.get(i + 1) - from;
    String of = length == 1 ? "" : ", byte " + (t - from + 1) + " of " + length;
    String character = character(i);
    return (character.equals("\n") ? "line feed" : "\u201c" + character + "\u201d") + of;
  }

  @Override
  public String note() {
    return "A token is a byte; a character has its bytes' shares together. Spaces have tiles, too; a"
        + " line feed is drawn as \u21b5.";
  }
}
