package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxTest {
  /** Two pictures of one row of three. */
  private static final byte[] PICTURES =
      bytes("0 0 8 3  0 0 0 2  0 0 0 1  0 0 0 3  0 1 2 253 254 255");

  private static byte[] bytes(String numbers) {
    String[] each = numbers.strip().split("\\s+");
    byte[] out = new byte[each.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) Integer.parseInt(each[i]);
    }
    return out;
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(plain);
    }
    return out.toByteArray();
  }

  @Test
  void lengthsAndValuesAreRead() throws IOException {
    for (byte[] file : new byte[][] {PICTURES, gzip(PICTURES)}) {
      Idx idx = Idx.of(file, 3);
      assertThat(idx.lengths()).containsExactly(2, 1, 3);
      assertThat(idx.values()).containsExactly(0, 1, 2, -3, -2, -1);
    }
    assertThat(Idx.of(bytes("0 0 8 1 0 0 0 2 7 9"), 1).values()).containsExactly(7, 9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 0 8 | starts with [0, 0, 8] (0, 0, a type, a number of axes)",
        "1 0 8 1 | starts with [1, 0, 8, 1] (0, 0, a type, a number of axes)",
        "0 0 13 1 0 0 0 1 0 | is of type 13 with 1 axes (type 8, unsigned bytes, with 1)",
        "0 0 8 3 0 0 0 1 | is of type 8 with 3 axes (type 8, unsigned bytes, with 1)",
        "0 0 8 1 0 0 1 | axis 0 is [0, 0, 1] (four bytes, below 2^31)",
        "0 0 8 1 255 0 0 1 | axis 0 is [-1, 0, 0, 1] (four bytes, below 2^31)",
        "0 0 8 1 0 0 0 0 | is of [0] values (1 to 1073741824)",
        "0 0 8 1 127 0 0 0 | is of [2130706432] values (1 to 1073741824)",
        "0 0 8 1 0 0 0 3 1 2 | has 2 values (its header says 3)",
        "0 0 8 1 0 0 0 1 1 2 | has more values than its header says, 1",
        "0 0 8 1 63 0 0 0 1 | has 1 values (its header says 1056964608)"
      })
  void whatIsNoSuchFileIsRefused(String file, String told) {
    assertThatThrownBy(() -> Idx.of(bytes(file), 1))
        .isInstanceOf(IOException.class)
        .hasMessage(told);
  }

  @Test
  void aProductOfAxesBeyondTheLimitIsRefused() {
    assertThatThrownBy(() -> Idx.of(bytes("0 0 8 3 0 1 0 0  0 1 0 0  0 1 0 0  1"), 3))
        .hasMessage("is of [65536, 65536, 65536] values (1 to 1073741824)");
  }

  @Test
  void aCutOrBrokenArchiveIsRefused() throws IOException {
    byte[] zip = gzip(PICTURES);
    for (int end = 0; end < zip.length; end++) {
      byte[] cut = Arrays.copyOf(zip, end);
      assertThatThrownBy(() -> Idx.of(cut, 3)).as("%d bytes", end).isInstanceOf(IOException.class);
    }
    byte[] broken = zip.clone();
    broken[zip.length - 6] ^= 1;
    assertThatThrownBy(() -> Idx.of(broken, 3)).isInstanceOf(IOException.class);
  }
}
