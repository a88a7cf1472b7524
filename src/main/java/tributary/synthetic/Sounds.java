package tributary.synthetic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * WAV sounds of 0.05 to 0.5 s (2 s in long records): the pitch as the fundamental frequency, 110 Hz
 * to 880 Hz and 3 % beside it; the kind as the timbre, how strong each harmonic is. Mono or stereo,
 * now and then with a silent left channel, at four rates, fading, with a little noise.
 */
final class Sounds {
  private static final int[] RATES = {8000, 11025, 16000, 22050};
  private static final int PERIOD = 2048;
  private static final int HARMONICS = 6;

  /** One period of each kind's timbre, below 1; [kinds][PERIOD]. */
  private static final float[][] TIMBRES = timbres();

  private Sounds() {}

  static byte[] draw(Subject subject, Random random, boolean inLongRecord) {
    int rate = RATES[random.nextInt(RATES.length)];
    int channels = 1 + random.nextInt(2);
    boolean silentLeft = channels == 2 && random.nextInt(4) == 0;
    int frames = (int) (rate * (inLongRecord ? 2 : 0.05 + 0.45 * random.nextDouble()));
    double hertz = (110 << subject.pitch()) * (0.97 + 0.06 * random.nextDouble());
    ByteBuffer wav = header(rate, channels, frames);
    float[] timbre = TIMBRES[subject.kind()];
    double phase = random.nextDouble() * PERIOD;
    int noise = random.nextInt();
    for (int i = 0; i < frames; i++) {
      noise = noise * 1664525 + 1013904223;
      double loudness = 24000 * (1 - 0.9 * i / frames);
      int sample = (int) (loudness * timbre[(int) phase]) + (noise >> 24);
      for (int c = 0; c < channels; c++) {
        wav.putShort((short) (silentLeft && c == 0 ? 0 : sample));
      }
      phase += hertz * PERIOD / rate;
      phase -= phase >= PERIOD ? PERIOD : 0;
    }
    return wav.array();
  }

  private static ByteBuffer header(int rate, int channels, int frames) {
    int bytes = frames * channels * Short.BYTES;
    ByteBuffer wav = ByteBuffer.allocate(44 + bytes).order(ByteOrder.LITTLE_ENDIAN);
    wav.put(ascii("RIFF")).putInt(36 + bytes).put(ascii("WAVEfmt ")).putInt(16);
    wav.putShort((short) 1).putShort((short) channels).putInt(rate);
    wav.putInt(rate * channels * Short.BYTES).putShort((short) (channels * Short.BYTES));
    return wav.putShort((short) 16).put(ascii("data")).putInt(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Kind k has the fundamental, and harmonic h + 2 where bit h of its pattern is set. */
  private static float[][] timbres() {
    int[] patterns = {0b00000, 0b00001, 0b00010, 0b00101, 0b01010, 0b10001, 0b11100, 0b11111};
    float[][] timbres = new float[patterns.length][PERIOD];
    for (int kind = 0; kind < patterns.length; kind++) {
      int harmonics = patterns[kind] << 1 | 1;
      double scale = 0.9 / Integer.bitCount(harmonics);
      for (int i = 0; i < PERIOD; i++) {
        double sum = 0;
        for (int h = 1; h <= HARMONICS; h++) {
          sum += (harmonics >> (h - 1) & 1) * StrictMath.sin(2 * Math.PI * h * i / PERIOD);
        }
        timbres[kind][i] = (float) (scale * sum);
      }
    }
    return timbres;
  }
}
