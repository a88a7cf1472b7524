package tributary.record;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import tributary.read.CodecLibrary;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.read.Rejected;

/** Cells whose content is at hand, as a row's are after they were read. */
final class Given {
  private Given() {}

  /** A cell of modality `text` in column `words`. */
  static OpenRecord.Cell text(String value) {
    return cell("text", "words", new Payload.Text(value.getBytes(StandardCharsets.UTF_8)));
  }

  /** A cell of modality `vectors`, three values each, in column `numbers`. */
  static OpenRecord.Cell vectors(float... values) {
    return cell("vectors", "numbers", new Payload.Vectors(3, values));
  }

  /** A cell in column `file` whose content can't be had. */
  static OpenRecord.Cell missing(String modality) {
    return cell(
        modality,
        "file",
        new Payload.File(
            Medium.TEXT.decoder(CodecLibrary.NONE),
            "file",
            path -> {
              throw new Rejected(Rejected.Reason.MISSING_FILE, "gone");
            }));
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
}
