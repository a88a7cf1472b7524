package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Audio.Form;
import tributary.read.Rejected;
import tributary.read.Rejections;
import tributary.read.Signal;
import tributary.tensor.Tolerance;

class AudioTokenizerTest {
  private static final Sounds.Wave COUNT = (i, c) -> 0.25 + i / 65536.0;

  @ParameterizedTest(name = "{0} samples, frames of {1} every {2}: {3}")
  @CsvSource({
    "0,4,4,0",
    "1,4,4,1",
    "4,4,4,1",
    "5,4,4,2",
    "8,4,4,2",
    "9,4,2,4",
    "10,4,2,4",
    "4,4,2,1",
    "10,4,7,2",
    "7,4,7,1",
    "8,4,7,2",
    "20000,1,1,20000",
    "14,4,7,2",
    "15,4,7,3"
  })
  void framesStartEveryHopAndTheLastIsFilledUp(int samples, int frame, int hop, int frames) {
    float[] tokens = raw(8000, frame, hop, Sounds.of(8000, 1, samples, COUNT));
    assertThat(tokens).hasSize(frames * frame);
    for (int i = 0; i < tokens.length; i++) {
      int at = i / frame * hop + i % frame;
      assertThat(tokens[i]).isEqualTo(at < samples ? (float) COUNT.at(at, 0) : 0);
    }
  }

  @Test
  void leavesSilentChannelsOutOfTheMean() {
    Sounds.Wave left = (i, c) -> c == 0 ? 1e-4 : 0.5;
    assertThat(raw(8000, 2, 2, Sounds.of(8000, 2, 2, left))).containsExactly(0.5f, 0.5f);
    Sounds.Wave late = (i, c) -> c == 0 ? (i < 5000 ? 0 : 0.25) : 0.5;
    assertThat(raw(8000, 2, 2, Sounds.of(8000, 2, 5001, late))).startsWith(0.25f).contains(0.375f);
    Sounds.Wave none = (i, c) -> MonoMix.SILENCE;
    assertThat(raw(8000, 2, 2, Sounds.of(8000, 2, 2, none))).containsExactly(0, 0);
    Sounds.Wave more = (i, c) -> c == 1 ? 0 : c + 1;
    assertThat(raw(8000, 1, 1, Sounds.of(8000, 3, 1, more))).containsExactly(2);
  }

  @Test
  void asManyChannelsAsAHeaderCanClaimTakeNoMoreMemory() {
    int[] most = {0};
    Signal.PcmSource source = Sounds.of(8000, 65535, 3, (i, c) -> c < 2 ? 0 : 0.5).pcm();
    Signal.Audio audio =
        new Signal.Audio(
            8000,
            65535,
            () -> {
              Signal.PcmStream stream = source.open();
              return new Signal.PcmStream() {
                @Override
                public int read(float[] interleaved, int frames) throws java.io.IOException {
                  most[0] = Math.max(most[0], interleaved.length);
                  return stream.read(interleaved, frames);
                }

                @Override
                public void close() throws java.io.IOException {
                  stream.close();
                }
              };
            });
    assertThat(raw(8000, 3, 3, audio)).containsExactly(0.5f, 0.5f, 0.5f);
    assertThat(most[0]).isEqualTo(65535);
  }

  @ParameterizedTest(name = "{0} Hz of sound to {1}")
  @CsvSource({
    "44100,16000",
    "8000,16000",
    "48000,44100",
    "22050,16000",
    "16001,16000",
    "96000,8000",
    "11025,48000"
  })
  void resamplingKeepsFrequencyAndAmplitude(int from, int to) {
    double hertz = 0.4 * Math.min(from, to);
    int samples = from / 2;
    float[] out = raw(to, 1, 1, Sounds.of(from, 1, samples, Sounds.sine(hertz, from, 0.8)));
    assertThat(out).hasSize((int) (((long) samples * to + from - 1) / from));
    Sounds.Wave wanted = Sounds.sine(hertz, to, 0.8);
    double worst = 0;
    for (int i = out.length / 4; i < out.length * 3 / 4; i++) {
      worst = Math.max(worst, Math.abs(out[i] - wanted.at(i, 0)));
    }
    assertThat(decibels(worst / 0.8)).isLessThan(-60);
  }

  @ParameterizedTest(name = "{2} Hz from {0} to {1}")
  @CsvSource({"44100,16000,8100", "44100,16000,12000", "48000,8000,20000", "16001,8000,4020"})
  void resamplingSuppressesAliases(int from, int to, double hertz) {
    float[] out = raw(to, 1, 1, Sounds.of(from, 1, from, Sounds.sine(hertz, from, 1)));
    double worst = 0;
    for (int i = out.length / 4; i < out.length * 3 / 4; i++) {
      worst = Math.max(worst, Math.abs(out[i]));
    }
    assertThat(decibels(worst)).isLessThan(-60);
  }

  @Test
  void resamplingKeepsAConstantAndAShortSound() {
    float[] out = raw(8000, 1, 1, Sounds.of(44100, 1, 44100, (i, c) -> 0.5));
    float[] middle = Arrays.copyOfRange(out, 1000, 7000);
    float[] half = new float[6000];
    Arrays.fill(half, 0.5f);
    Tolerance.roundings(4, 1).check("constant", middle, half);
    assertThat(raw(8000, 1, 1, Sounds.of(44100, 1, 1, (i, c) -> 0.5))).hasSize(1);
    assertThat(raw(16000, 1, 1, Sounds.of(4000, 1, 1, (i, c) -> 0.5))).hasSize(4);
    assertThat(raw(16000, 1, 1, Sounds.of(44100, 1, 0, COUNT))).isEmpty();
  }

  @Test
  void logMelIsItsDefinition() {
    int frame = 100;
    Random random = new Random(3);
    double[] noise = random.doubles(frame).map(x -> 2 * x - 1).toArray();
    Signal.Audio sound = Sounds.of(8000, 1, frame, (i, c) -> noise[(int) i]);
    float[] bands = pull(new ModalitySpec.Audio(8000, Form.LOG_MEL, frame, 50, 8), sound).values();
    double[] expected = new double[8];
    double top = 2595 * Math.log10(1 + 4000 / 700.0);
    for (int k = 0; k <= 64; k++) {
      double re = 0;
      double im = 0;
      for (int i = 0; i < frame; i++) {
        double x = (float) noise[i] * Math.pow(Math.sin(Math.PI * i / frame), 2);
        re += x * Math.cos(2 * Math.PI * i * k / 128);
        im += x * Math.sin(2 * Math.PI * i * k / 128);
      }
      double hertz = k * 8000 / 128.0;
      for (int b = 0; b < 8; b++) {
        double[] corner = new double[3];
        for (int j = 0; j < 3; j++) {
          corner[j] = 700 * (Math.pow(10, top * (b + j) / 9 / 2595) - 1);
        }
        double rise = (hertz - corner[0]) / (corner[1] - corner[0]);
        double fall = (corner[2] - hertz) / (corner[2] - corner[1]);
        expected[b] += Math.max(0, Math.min(rise, fall)) * (re * re + im * im);
      }
    }
    float[] logs = new float[8];
    for (int b = 0; b < 8; b++) {
      logs[b] = (float) Math.log(Math.max(expected[b], 1e-10));
    }
    Tolerance.roundings(2, 8).check("log-mel", bands, logs);
  }

  @Test
  void logMelOfSilenceIsTheFloorAndASineIsLoudestInItsBand() {
    ModalitySpec spec = new ModalitySpec.Audio(16000, Form.LOG_MEL, 400, 160, 20);
    assertThat(pull(spec, Sounds.of(16000, 1, 400, (i, c) -> 0)).values())
        .hasSize(20)
        .containsOnly((float) Math.log(1e-10));
    float[] sine = pull(spec, Sounds.of(16000, 1, 400, Sounds.sine(1000, 16000, 1))).values();
    int loudest = 0;
    for (int b = 0; b < 20; b++) {
      loudest = sine[b] > sine[loudest] ? b : loudest;
    }
    double mel = 2595 * Math.log10(1 + 1000 / 700.0);
    double spacing = 2595 * Math.log10(1 + 8000 / 700.0) / 21;
    assertThat(loudest).isEqualTo((int) Math.round(mel / spacing) - 1);
  }

  @Test
  void tokensDoNotDependOnTheSizeOfTheReads() {
    Sounds.Wave wave = Sounds.sine(300, 44100, 0.5);
    Signal.Audio thousands = Sounds.of(44100, 1, 30_000, wave);
    Signal.Audio ones =
        new Signal.Audio(
            44100,
            1,
            () -> {
              Signal.PcmStream pcm = thousands.pcm().open();
              return new Signal.PcmStream() {
                @Override
                public int read(float[] to, int frames) throws java.io.IOException {
                  return pcm.read(to, Math.min(frames, 7));
                }

                @Override
                public void close() throws java.io.IOException {
                  pcm.close();
                }
              };
            });
    assertThat(raw(16000, 64, 32, ones)).isEqualTo(raw(16000, 64, 32, thousands));
  }

  @Test
  void tenMinutesComeInSmallBlocks() {
    Tokens tokens =
        Tokenizer.of(new ModalitySpec.Audio(2000, Form.RAW, 500, 500, 0))
            .tokens(Sounds.of(8000, 1, 8000L * 600, (i, c) -> (i & 1) - 0.5));
    long frames = 0;
    for (TokenBlock block = tokens.next(); block != null; block = tokens.next()) {
      assertThat(block.count() * 500 * Float.BYTES).isLessThanOrEqualTo(4 << 20);
      frames += block.count();
    }
    assertThat(frames).isEqualTo(600 * 4);
  }

  @Test
  void rejectsWhatTheSourceCannotRead() {
    rejected(
        Sounds.broken(16000, 5000, COUNT),
        Rejected.Reason.CORRUPT_AUDIO,
        "the page at byte 77 is torn");
    rejected(
        Sounds.of(2_000_000_000, 1, 10, COUNT),
        Rejected.Reason.CORRUPT_AUDIO,
        "rate 2000000000 where the model has 16000 (at most 1024 times apart)");
    rejected(
        Sounds.of(16000, 2, 10, (i, c) -> i == 7 && c == 1 ? Double.NaN : 0.5),
        Rejected.Reason.NOT_FINITE,
        "sample 7 of channel 1 is NaN");
  }

  private static void rejected(Signal.Audio audio, Rejected.Reason reason, String detail) {
    Rejections.rejected(() -> raw(16000, 100, 100, audio), reason, detail);
  }

  private static float[] raw(int rate, int frame, int hop, Signal.Audio audio) {
    return pull(new ModalitySpec.Audio(rate, Form.RAW, frame, hop, 0), audio).values();
  }

  private static Pulled pull(ModalitySpec spec, Signal.Audio audio) {
    return Pulled.from(Tokenizer.of(spec).tokens(audio));
  }

  private static double decibels(double amplitude) {
    return 20 * Math.log10(amplitude);
  }
}
