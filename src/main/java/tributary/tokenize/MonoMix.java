package tributary.tokenize;

import java.io.IOException;
import java.util.Arrays;
import tributary.base.Invalid;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * The mean over the channels that are not silent, or zeros where all are. A channel is silent if no
 * sample of the whole sound is beyond {@link #SILENCE}. Reads ahead until every channel has been
 * heard, and opens the sound a second time only where that takes more than {@link #AHEAD} samples.
 */
final class MonoMix implements Mono {
  /** 16 steps of 16 bits, -66 dB: dither and the ripple of lossy coding are less. */
  static final float SILENCE = 16 / 32768f;

  /** Samples of all channels that are read at a time; one frame at least (65535 channels). */
  private static final int HELD = 16384;

  /** Samples of all channels that are kept of what was read ahead: 1 MiB, 3 s of a compact disc. */
  static final int AHEAD = 1 << 18;

  private final Signal.PcmStream pcm;
  private final boolean[] heard;
  private final int voices;

  /** Interleaved samples, read and not yet mixed from frame `from` to `to`; [frames, channels]. */
  private final float[] samples;

  /** Of the channels that are heard; [frames]. */
  private final double[] sums;

  private int from;
  private int to;
  private long position;
  private boolean ended;

  private MonoMix(Signal.PcmStream pcm, boolean[] heard, float[] samples, int to, boolean ended) {
    this.pcm = pcm;
    this.heard = heard;
    this.voices = count(heard);
    this.samples = samples;
    this.sums = new double[frames(heard.length)];
    this.to = to;
    this.ended = ended;
  }

  static MonoMix open(Signal.Audio audio) throws IOException {
    if (audio.rate() < 1 || audio.channels() < 1) {
      throw Invalid.argument(
          "audio", "rate " + audio.rate() + ", channels " + audio.channels(), "both at least 1");
    }
    Signal.PcmStream pcm = audio.pcm().open();
    try {
      return ahead(audio, pcm);
    } catch (IOException | RuntimeException e) {
      try {
        pcm.close();
      } catch (IOException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private static MonoMix ahead(Signal.Audio audio, Signal.PcmStream pcm) throws IOException {
    int channels = audio.channels();
    boolean[] heard = new boolean[channels];
    float[] block = new float[frames(channels) * channels];
    int most = Math.max(AHEAD, block.length);
    float[] ahead = new float[0]; // [frames, channels]
    int kept = 0;
    boolean fits = true;
    boolean ended = false;
    while (!ended && count(heard) < channels) {
      int read = channels * pcm.read(block, block.length / channels);
      ended = read < 0;
      for (int c = 0; c < channels; c++) {
        heard[c] |= isHeard(block, c, read, channels);
      }
      fits &= kept + read <= most;
      if (fits && read > 0) {
        if (ahead.length < kept + read) {
          int room = Math.max(block.length, 2 * (kept + read));
          ahead = Arrays.copyOf(ahead, Math.min(most, room));
        }
        System.arraycopy(block, 0, ahead, kept, read);
        kept += read;
      }
    }
    if (fits) {
      float[] samples = kept > 0 ? ahead : block;
      return new MonoMix(pcm, heard, samples, kept / channels, ended);
    }
    pcm.close();
    return new MonoMix(audio.pcm().open(), heard, block, 0, false);
  }

  private static boolean isHeard(float[] samples, int from, int to, int step) {
    for (int i = from; i < to; i += step) {
      if (Math.abs(samples[i]) > SILENCE) {
        return true;
      }
    }
    return false;
  }

  private static int frames(int channels) {
    return Math.max(1, HELD / channels);
  }

  private static int count(boolean[] heard) {
    int count = 0;
    for (boolean channel : heard) {
      count += channel ? 1 : 0;
    }
    return count;
  }

  @Override
  public int read(float[] into, int at, int n) throws IOException {
    int done = 0;
    while (done < n && fill(n - done)) {
      int count = Math.min(sums.length, Math.min(n - done, to - from));
      mix(count, into, at + done);
      from += count;
      done += count;
      position += count;
    }
    return done;
  }

  /** Reads on where nothing is left; false at the end. */
  private boolean fill(int most) throws IOException {
    while (from == to && !ended) {
      int frames = pcm.read(samples, Math.min(samples.length / heard.length, most));
      ended = frames < 0;
      from = 0;
      to = Math.max(0, frames);
    }
    return from < to;
  }

  /** Frames from `from` on, a channel at a time. */
  private void mix(int frames, float[] into, int at) {
    int channels = heard.length;
    int first = from * channels;
    for (int f = 0; f < frames; f++) {
      sums[f] = 0;
    }
    for (int c = 0; c < channels; c++) {
      float factor = heard[c] ? 1 : 0; // what isn't finite is met in a silent channel, too
      for (int f = 0; f < frames; f++) {
        sums[f] += samples[first + f * channels + c] * factor;
      }
    }
    double divisor = Math.max(1, voices);
    for (int f = 0; f < frames; f++) {
      if (!Double.isFinite(sums[f])) {
        throw notFinite(f);
      }
      into[at + f] = (float) (sums[f] / divisor);
    }
  }

  private Rejected notFinite(int frame) {
    int row = (from + frame) * heard.length;
    int c = 0;
    while (Float.isFinite(samples[row + c])) {
      c++;
    }
    return new Rejected(
        Rejected.Reason.NOT_FINITE,
        "sample " + (position + frame) + " of channel " + c + " is " + samples[row + c]);
  }

  @Override
  public void close() throws IOException {
    pcm.close();
  }
}
