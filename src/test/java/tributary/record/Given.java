package tributary.record;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import tributary.read.Digest;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Signal;

/** Cells whose content is at hand, as a row's are after they were read. */
final class Given {
  private Given() {}

  /** A cell of modality `text` in column `words`. */
  static OpenRecord.Cell text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return cell("text", "words", new Known(new Signal.Text(utf8), d -> d.bytes(utf8)));
  }

  /** A cell of modality `vectors`, three values each, in column `numbers`. */
  static OpenRecord.Cell vectors(float... values) {
    return cell(
        "vectors", "numbers", new Known(new Signal.Vectors(3, values), d -> d.floats(values)));
  }

  /** A cell in column `file` whose content can't be had. */
  static OpenRecord.Cell missing(String modality) {
    return cell(
        modality,
        "file",
        new Payload() {
          @Override
          public Signal signal() {
            throw gone();
          }

          @Override
          public void digest(Digest digest) {
            throw gone();
          }
        });
  }

  static OpenRecord.Cell cell(String modality, String column, Payload payload) {
    return new OpenRecord.Cell(modality, column, payload);
  }

  static String letters(int n, Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < n; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  private static Rejected gone() {
    return new Rejected(Rejected.Reason.MISSING_FILE, "gone");
  }

  /** How a payload's content enters the digest. */
  interface Content {
    void add(Digest digest);
  }

  private record Known(Signal signal, Content content) implements Payload {
    @Override
    public void digest(Digest digest) {
      content.add(digest);
    }
  }
}
