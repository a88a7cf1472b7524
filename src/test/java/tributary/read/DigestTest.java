package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes that are hashed: each length before what it is the length of, big-endian. */
class DigestTest {
  private static String sha(ByteBuffer bytes) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void ofNothingIsTheKnownOne() {
    assertThat(new Digest().hex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void aTextIsItsBytesBehindTheirNumber() {
    byte[] utf8 = "naïve 𝄞".getBytes(StandardCharsets.UTF_8);
    String expected = sha(ByteBuffer.allocate(8 + utf8.length).putLong(utf8.length).put(utf8));
    assertThat(new Digest().text("naïve 𝄞").hex()).isEqualTo(expected);
    assertThat(new Digest().bytes(utf8).hex()).isEqualTo(expected);
    assertThat(new Digest().number(-5).hex()).isEqualTo(sha(ByteBuffer.allocate(8).putLong(-5)));
  }

  @ParameterizedTest(name = "{0} values")
  @ValueSource(ints = {0, 1, 1023, 1024, 1025, 2048, 5000})
  void numbersAreTheirBitsHoweverManyAreHashedAtOnce(int n) {
    Random random = new Random(n);
    float[] floats = new float[n];
    double[] doubles = new double[n];
    ByteBuffer four = ByteBuffer.allocate(8 + 4 * n).putLong(n);
    ByteBuffer eight = ByteBuffer.allocate(8 + 8 * n).putLong(n);
    for (int i = 0; i < n; i++) {
      floats[i] = (float) random.nextGaussian();
      doubles[i] = random.nextGaussian();
      four.putFloat(floats[i]);
      eight.putDouble(doubles[i]);
    }
    assertThat(new Digest().floats(floats).hex()).isEqualTo(sha(four));
    assertThat(new Digest().doubles(doubles).hex()).isEqualTo(sha(eight));
  }

  @Test
  void neitherCutsNorKindsNorSignsAreTakenForEachOther() {
    assertThat(
            List.of(
                new Digest().text("ab").text("c").hex(),
                new Digest().text("a").text("bc").hex(),
                new Digest().text("abc").hex(),
                new Digest().text("abc").text("").hex(),
                new Digest().text("").text("abc").hex(),
                new Digest().floats(new float[] {1, 2}).floats(new float[] {3}).hex(),
                new Digest().floats(new float[] {1}).floats(new float[] {2, 3}).hex(),
                new Digest().floats(new float[] {1, 2, 3}).hex(),
                new Digest().doubles(new double[] {1, 2, 3}).hex(),
                new Digest().floats(new float[] {0}).hex(),
                new Digest().floats(new float[] {-0f}).hex(),
                new Digest().floats(new float[0]).hex(),
                new Digest().hex()))
        .doesNotHaveDuplicates();
  }

  @Test
  void itStartsAnewOnceItIsTold() {
    Digest digest = new Digest().text("one");
    assertThat(digest.hex()).isEqualTo(new Digest().text("one").hex());
    assertThat(digest.text("two").hex()).isEqualTo(new Digest().text("two").hex());
  }
}
