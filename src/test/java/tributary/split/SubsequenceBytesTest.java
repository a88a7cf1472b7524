package tributary.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.tokenize.TokenBlock;

class SubsequenceBytesTest {
  private static final Subsequence TEXT =
      new Subsequence(
          "text",
          3,
          List.of(
              new TokenBlock.Ids("ab".getBytes(StandardCharsets.UTF_8)),
              new TokenBlock.Ids(new byte[] {'c'})));

  /** Version 1, kept for ever. */
  private static final String GOLDEN =
      "54535542"
          + "01"
          + "00"
          + "0400"
          + "0300000000000000"
          + "01000000"
          + "03000000"
          + "74657874"
          + "616263"
          + "6aaf16f4";

  @Test
  void writesTheGoldenBytes() {
    assertThat(HexFormat.of().formatHex(SubsequenceBytes.write(TEXT))).isEqualTo(GOLDEN);
  }

  @Test
  void readsThemBack() {
    Subsequence read = SubsequenceBytes.read(HexFormat.of().parseHex(GOLDEN));
    assertThat(read.modality()).isEqualTo("text");
    assertThat(read.index()).isEqualTo(3);
    assertThat(((TokenBlock.Ids) read.blocks().get(0)).ids()).containsExactly('a', 'b', 'c');
  }

  @Test
  void keepsEveryBitOfValues() {
    float[] values = {1, -0f, Float.MIN_VALUE, 3.4e38f, 5, 6};
    Subsequence read =
        SubsequenceBytes.read(
            SubsequenceBytes.write(
                new Subsequence("v", 0, List.of(new TokenBlock.Values(3, values)))));
    TokenBlock.Values block = (TokenBlock.Values) read.blocks().get(0);
    assertThat(block.channels()).isEqualTo(3);
    assertThat(block.values()).usingComparatorWithPrecision(0f).containsExactly(values);
  }

  static IntStream positions() {
    return IntStream.range(0, GOLDEN.length() / 2);
  }

  @ParameterizedTest(name = "byte {0}")
  @MethodSource("positions")
  void refusesEveryFlippedByte(int at) {
    byte[] bytes = HexFormat.of().parseHex(GOLDEN);
    bytes[at] ^= 0x40;
    assertThatThrownBy(() -> SubsequenceBytes.read(bytes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Cannot read subsequence: ");
  }

  @Test
  void refusesTruncation() {
    byte[] bytes = HexFormat.of().parseHex(GOLDEN.substring(0, 20));
    assertThatThrownBy(() -> SubsequenceBytes.read(bytes))
        .hasMessage("Cannot read subsequence: 10 bytes (at least 28)");
  }

  @Test
  void refusesBlocksOfDifferentTypes() {
    Subsequence mixed =
        new Subsequence(
            "m",
            0,
            List.of(new TokenBlock.Ids(new byte[1]), new TokenBlock.Values(1, new float[1])));
    assertThatThrownBy(() -> SubsequenceBytes.write(mixed))
        .hasMessage("Cannot write subsequence of m: blocks of different types or widths");
  }
}
