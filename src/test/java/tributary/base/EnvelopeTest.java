package tributary.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EnvelopeTest {
  /** One field of fixed length, a model's hash; then any bytes. */
  private static final Envelope ENVELOPE = new Envelope("letter", "TLET", 3, 13);

  private static final long MODEL = Envelope.model("00112233445566778899");
  private static final byte[] BODY = {1, -2, 3};

  private static final String GOLDEN =
      "544c4554" + "03" + "7766554433221100" + "01fe03" + "a3ae6188";

  private static byte[] written() {
    return ENVELOPE.seal(ENVELOPE.write(BODY.length).putLong(MODEL).put(BODY));
  }

  private static byte[] golden() {
    return HexFormat.of().parseHex(GOLDEN);
  }

  @Test
  void writesTheGoldenBytes() {
    assertThat(HexFormat.of().formatHex(written())).isEqualTo(GOLDEN);
  }

  @Test
  void readsThemBack() {
    ByteBuffer b = ENVELOPE.read(golden());
    ENVELOPE.expectModel(MODEL, b.getLong());
    ENVELOPE.expectLength(BODY.length, b);
    byte[] body = new byte[BODY.length];
    b.get(body);
    assertThat(body).isEqualTo(BODY);
  }

  static IntStream positions() {
    return IntStream.range(0, GOLDEN.length() / 2);
  }

  @ParameterizedTest(name = "byte {0}")
  @MethodSource("positions")
  void refusesEveryFlippedByte(int at) {
    byte[] bytes = golden();
    bytes[at] ^= 0x40;
    String field = at < 4 ? "magic" : at == 4 ? "version" : "checksum";
    assertThatThrownBy(() -> ENVELOPE.read(bytes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "Cannot read letter: " + field + " [0-9a-f]{1,8} \\(expected [0-9a-f]{1,8}\\)");
  }

  @Test
  void saysWhatIsNotAsItShouldBe() {
    assertThatThrownBy(() -> ENVELOPE.read(new byte[16]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot read letter: 16 bytes (at least 17)");
    assertThatThrownBy(() -> new Envelope("note", "TLEX", 3, 13).read(golden()))
        .hasMessage("Cannot read note: magic 54454c54 (expected 58454c54)");
    assertThatThrownBy(() -> new Envelope("letter", "TLET", 4, 13).read(golden()))
        .hasMessage("Cannot read letter: version 3 (expected 4)");
    assertThatThrownBy(() -> ENVELOPE.expectModel(MODEL, Envelope.model("ff11223344556677")))
        .hasMessage("Cannot read letter: model ff11223344556677 (expected 11223344556677)");
    ByteBuffer b = ENVELOPE.read(golden());
    for (long rest : new long[] {2, 4, -3, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> ENVELOPE.expectLength(rest, b))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot read letter: length 20 (expected " + (17 + rest) + ")");
    }
  }

  /** Four letters and a version, nothing else. */
  @Test
  void anEmptyOneIsAllowed() {
    Envelope empty = new Envelope("nothing", "TNIL", 0, 5);
    byte[] bytes = empty.seal(empty.write(0));
    assertThat(bytes).hasSize(9);
    empty.expectLength(0, empty.read(bytes));
  }

  @Test
  void refusesWhatNoArrayHolds() {
    assertThatThrownBy(() -> ENVELOPE.write(Integer.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void refusesOtherKinds() {
    assertThatThrownBy(() -> new Envelope("x", "TOOLONG", 1, 5))
        .hasMessage("Invalid magic: TOOLONG (four letters)");
    assertThatThrownBy(() -> new Envelope("x", "TLET", 128, 5))
        .hasMessage("Invalid version: 128 (0 to 127)");
    assertThatThrownBy(() -> new Envelope("x", "TLET", 1, 4))
        .hasMessage("Invalid fixed: 4 (at least 5)");
  }
}
