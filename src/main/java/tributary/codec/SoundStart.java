package tributary.codec;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tributary.read.Signal;

/**
 * The samples of a sound that is short enough to be held: decoded once, however often it is opened.
 */
final class SoundStart {
  /** Numbers: 32 MiB, a minute and a half of two channels. */
  private static final int MOST = 1 << 23;

  private static final int CHUNK = 1 << 14;

  private final int channels;
  private final float[] samples; // [frames, channels]

  private SoundStart(int channels, float[] samples) {
    this.channels = channels;
    this.samples = samples;
  }

  /** Reads a stream to its end; null where that is too far. */
  static @Nullable SoundStart read(Signal.PcmStream stream, int channels) throws IOException {
    int most = Math.max(1, CHUNK / channels);
    float[] all = {};
    float[] chunk = new float[most * channels];
    int filled = 0;
    for (int n = stream.read(chunk, most); n >= 0; n = stream.read(chunk, most)) {
      int count = n * channels;
      if (filled > MOST - count) {
        return null;
      }
      if (all.length < filled + count) {
        all = Arrays.copyOf(all, Math.max(filled + count, Math.min(MOST, 2 * all.length)));
      }
      System.arraycopy(chunk, 0, all, filled, count);
      filled += count;
    }
    return new SoundStart(channels, Arrays.copyOf(all, filled));
  }

  Signal.PcmStream open() {
    return new Signal.PcmStream() {
      private int at;

      @Override
      public int read(float[] interleaved, int frames) {
        if (at == samples.length) {
          return -1;
        }
        int count = Math.min(frames, (samples.length - at) / channels);
        System.arraycopy(samples, at, interleaved, 0, count * channels);
        at += count * channels;
        return count;
      }

      @Override
      public void close() {}
    };
  }
}
