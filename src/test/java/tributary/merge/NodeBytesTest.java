package tributary.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NodeBytesTest {
  private static final NodeBytes BYTES = new NodeBytes("00112233445566778899");
  private static final Node NODE = new Node("text", 2, 5, 77, new float[] {1, -2});

  /** Version 1, kept for ever: without the number of tokens. */
  private static final String FIRST =
      "544e4f44"
          + "01"
          + "02"
          + "0400"
          + "0500000000000000"
          + "7766554433221100"
          + "02000000"
          + "74657874"
          + "0000803f"
          + "000000c0"
          + "d3b11499";

  /** Version 2, kept for ever. */
  private static final String GOLDEN =
      "544e4f44"
          + "02"
          + "02"
          + "0400"
          + "0500000000000000"
          + "4d00000000000000"
          + "7766554433221100"
          + "02000000"
          + "74657874"
          + "0000803f"
          + "000000c0"
          + "62d9741f";

  @Test
  void roundTrips() {
    Node read = BYTES.read(BYTES.write(NODE));
    assertThat(read.modality()).isEqualTo("text");
    assertThat(read.level()).isEqualTo(2);
    assertThat(read.index()).isEqualTo(5);
    assertThat(read.tokens()).isEqualTo(77);
    assertThat(read.latents()).containsExactly(1, -2);
  }

  @Test
  void writesTheGoldenBytes() {
    assertThat(HexFormat.of().formatHex(BYTES.write(NODE))).isEqualTo(GOLDEN);
  }

  @Test
  void refusesTheFirstVersion() {
    assertThatThrownBy(() -> BYTES.read(HexFormat.of().parseHex(FIRST)))
        .hasMessage("Cannot read node: version 1 (expected 2)");
  }

  @Test
  void refusesNodesOfAnotherModel() {
    assertThatThrownBy(() -> new NodeBytes("ff112233445566778899").read(BYTES.write(NODE)))
        .hasMessage("Cannot read node: model 11223344556677 (expected ff11223344556677)");
  }

  static IntStream positions() {
    return IntStream.range(0, GOLDEN.length() / 2);
  }

  @ParameterizedTest(name = "byte {0}")
  @MethodSource("positions")
  void refusesEveryFlippedByte(int at) {
    byte[] bytes = BYTES.write(NODE);
    bytes[at] ^= 0x40;
    assertThatThrownBy(() -> BYTES.read(bytes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot read node: ");
  }
}
