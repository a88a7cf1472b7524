package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.tensor.Tolerance;

/**
 * Sound as programs leave it: written to a pipe, in containers wider than its samples, with tags,
 * of every number of channels. What is right is beside each file: samples by construction, or those
 * of libsndfile 1.2.2 where a decoder rounds.
 */
class SoundKindsTest {
  private static final int ROUNDINGS = 60;

  /**
   * A file and what is right of it.
   *
   * @param expected name of the samples, [frames, channels] in float32, little-endian
   */
  record Kind(String name, int rate, int channels, String expected) {
    @Override
    public String toString() {
      return name;
    }

    byte[] file() {
      return Sounds.resource("kinds/" + name);
    }

    float[] samples() {
      ByteBuffer bytes =
          ByteBuffer.wrap(Sounds.resource("kinds/" + expected)).order(ByteOrder.LITTLE_ENDIAN);
      float[] samples = new float[bytes.capacity() / Float.BYTES];
      bytes.asFloatBuffer().get(samples);
      return samples;
    }
  }

  static Stream<Kind> kinds() {
    String index = new String(Sounds.resource("kinds/index.txt"), StandardCharsets.US_ASCII);
    return index
        .lines()
        .map(line -> line.split(" "))
        .map(f -> new Kind(f[0], Integer.parseInt(f[1]), Integer.parseInt(f[2]), f[3]));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void givesTheSamplesThatAreInIt(Kind kind) {
    Signal.Audio audio = AudioReader.read(kind.file());
    assertThat(audio.rate()).isEqualTo(kind.rate());
    assertThat(audio.channels()).isEqualTo(kind.channels());
    float[] expected = kind.samples();
    float[] actual = Sounds.samples(audio);
    if (kind.name().endsWith(".ogg")) {
      Tolerance.roundings(ROUNDINGS, 1).check(kind.name(), actual, expected);
    } else {
      assertThat(actual).containsExactly(expected);
    }
  }
}
