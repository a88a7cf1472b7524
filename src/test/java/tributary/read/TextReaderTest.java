package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextReaderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "plain ASCII, longer than eight", "gr\u00fc\u00df", "\ud83d\ude00", "\0"})
  void textIsKeptAsItIs(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(TextReader.read(bytes).utf8()).isSameAs(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "80, 0",
    "61FF, 1",
    "C080, 0", // overlong NUL
    "C1BF, 0",
    "E08080, 1", // overlong
    "F0808080, 1",
    "EDA080, 1", // surrogate
    "F4908080, 1", // above U+10FFFF
    "F5808080, 0",
    "C3, 1", // cut
    "E282, 2",
    "F09F98, 3",
    "C328, 1",
    "6162636465666768696AFE, 10",
  })
  void theFirstBadByteIsNamed(String hex, int offset) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    Rejected rejected = catchThrowableOfType(Rejected.class, () -> TextReader.read(bytes));
    assertThat(rejected.reason()).isEqualTo(Rejected.Reason.NOT_UTF8);
    assertThat(rejected.detail()).contains(" at byte " + offset + " of " + bytes.length);
  }

  @Test
  void messagesNameTheByteOrTheEnd() {
    assertThat(catchThrowableOfType(Rejected.class, () -> TextReader.read(new byte[] {97, -1})))
        .hasMessage("Cannot read text: 0xFF at byte 1 of 2 is not UTF-8");
    assertThat(catchThrowableOfType(Rejected.class, () -> TextReader.read(new byte[] {-61})))
        .hasMessage("Cannot read text: the end at byte 1 of 1 is not UTF-8");
  }

  /** The JDK's strict decoder accepts the same bytes. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void agreesWithTheStrictDecoderOfTheJdk(long seed) {
    Random random = new Random(seed);
    int[] pool = {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF};
    int[] leads = {0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(12)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte) (random.nextInt(4) == 0 ? leads[random.nextInt(9)] : pool[random.nextInt(11)]);
      }
      assertThat(TextReader.firstBad(bytes) < 0)
          .as("seed %d, bytes %s", seed, HexFormat.of().formatHex(bytes))
          .isEqualTo(strict(bytes));
    }
  }

  private static boolean strict(byte[] bytes) {
    try {
      var unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
