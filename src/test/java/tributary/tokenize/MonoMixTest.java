package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.read.Signal;

class MonoMixTest {
  private static final int AHEAD = MonoMix.AHEAD / 2; // frames of two channels

  /** The second channel is silent until frame `from`; what is read ahead is not read again. */
  @ParameterizedTest(name = "{0} frames, heard from {1}")
  @CsvSource({
    "0, 0, 1",
    "100, 0, 1",
    "100, 99, 1",
    "100, 100, 1",
    "20000, 9000, 1",
    "140000, 120000, 1",
    "140000, 135000, 2",
    "140000, 140000, 2"
  })
  void opensASoundAgainOnlyWhereMoreIsAheadThanIsKept(int frames, int from, int openings)
      throws IOException {
    assertThat(AHEAD).isBetween(120_000, 135_000);
    Signal.Audio sound =
        Sounds.of(8000, 2, frames, (i, c) -> c == 0 ? 0.5 : i < from ? 0 : i % 7 / 8.0 + 0.125);
    int[] opened = {0};
    Signal.PcmSource counted =
        () -> {
          opened[0]++;
          return sound.pcm().open();
        };
    float[] mixed = new float[frames + 1000];
    int read = 0;
    MonoMix mix = MonoMix.open(new Signal.Audio(8000, 2, counted));
    for (int more = mix.read(mixed, 0, 100); more > 0; more = mix.read(mixed, read, 1000)) {
      read += more;
    }
    mix.close();
    assertThat(read).isEqualTo(frames);
    assertThat(opened[0]).isEqualTo(openings);
    float[] expected = new float[frames];
    for (int i = 0; i < frames; i++) {
      float second = i < from ? 0 : i % 7 / 8f + 0.125f;
      expected[i] = from < frames ? (0.5f + second) / 2 : 0.5f;
    }
    assertThat(Arrays.equals(Arrays.copyOf(mixed, frames), expected)).isTrue();
  }
}
