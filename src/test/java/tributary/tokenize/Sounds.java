package tributary.tokenize;

import java.io.IOException;
import tributary.read.Signal;

/** Sounds made of formulas, of any length, for tests. */
final class Sounds {
  private Sounds() {}

  /** Sample of a channel at a place. */
  interface Wave {
    double at(long i, int channel);
  }

  static Wave sine(double hertz, int rate, double amplitude) {
    return (i, c) -> amplitude * Math.sin(2 * Math.PI * hertz * i / rate);
  }

  /** `samples` frames, given in reads of at most 1,000. */
  static Signal.Audio of(int rate, int channels, long samples, Wave wave) {
    return new Signal.Audio(rate, channels, () -> new Stream(channels, samples, wave));
  }

  /** As {@link #of}, but broken after `samples`. */
  static Signal.Audio broken(int rate, long samples, Wave wave) {
    return new Signal.Audio(
        rate,
        1,
        () ->
            new Stream(1, samples, wave) {
              @Override
              public int read(float[] to, int frames) throws IOException {
                int read = super.read(to, frames);
                if (read < 0) {
                  throw new IOException("the page at byte 77 is torn");
                }
                return read;
              }
            });
  }

  private static class Stream implements Signal.PcmStream {
    private final int channels;
    private final long samples;
    private final Wave wave;
    private long at;

    Stream(int channels, long samples, Wave wave) {
      this.channels = channels;
      this.samples = samples;
      this.wave = wave;
    }

    @Override
    public int read(float[] to, int frames) throws IOException {
      if (at == samples) {
        return -1;
      }
      int n = (int) Math.min(Math.min(frames, 1000), samples - at);
      for (int i = 0; i < n; i++) {
        for (int c = 0; c < channels; c++) {
          to[i * channels + c] = (float) wave.at(at + i, c);
        }
      }
      at += n;
      return n;
    }

    @Override
    public void close() {}
  }
}
