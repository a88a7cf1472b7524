package tributary.synthetic;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Captions of varying words and lengths. */
final class Captions {
  private static final List<String> OPENINGS =
      List.of(
          "A %s.",
          "There is a %s here.",
          "We saw a %s moving about.",
          "Somebody filmed a %s for a while.",
          "What can be seen and heard is a %s.",
          "One %s, nothing else.");
  private static final List<String> COLOURED = List.of("A %2$s %1$s.", "The %1$s looked %2$s.");
  private static final List<String> REMARKS =
      List.of(
          " The light was poor.",
          " Nobody else was there.",
          " The recording was made in the afternoon.",
          " A café stood nearby.",
          " It was seen from the north side.",
          " The same %s came by later.",
          " Größe und Ort sind nicht bekannt.",
          " Wind could be heard now and then.");

  private Captions() {}

  /**
   * UTF-8 of at most maxBytes: a sentence and a few remarks, or remarks to within 64 bytes of
   * maxBytes.
   */
  static byte[] draw(Subject subject, Random random, int maxBytes, boolean toTheLimit) {
    List<String> openings = random.nextInt(4) == 0 ? COLOURED : OPENINGS;
    ByteArrayOutputStream caption = new ByteArrayOutputStream();
    caption.writeBytes(sentence(openings, subject, random));
    int remarks = toTheLimit ? Integer.MAX_VALUE : random.nextInt(5);
    for (int i = 0; i < remarks; i++) {
      byte[] remark = sentence(REMARKS, subject, random);
      if (caption.size() + remark.length > maxBytes) {
        break;
      }
      caption.writeBytes(remark);
    }
    // Only the opening can be too long, and that is ASCII: any byte of it may be the last.
    byte[] whole = caption.toByteArray();
    return whole.length > maxBytes ? Arrays.copyOf(whole, maxBytes) : whole;
  }

  private static byte[] sentence(List<String> templates, Subject subject, Random random) {
    return templates
        .get(random.nextInt(templates.size()))
        .replace("%1$s", subject.kindName())
        .replace("%2$s", subject.colourName())
        .replace("%s", subject.kindName())
        .getBytes(StandardCharsets.UTF_8);
  }
}
