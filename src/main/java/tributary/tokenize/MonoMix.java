package tributary.tokenize;

import java.io.IOException;
import tributary.base.Invalid;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * The mean over the channels that are not silent, or zeros where all are. A channel is silent if no
 * sample of the whole sound is beyond {@link #SILENCE}. Opens the sound twice: the first pass ends
 * as soon as every channel has been heard.
 */
final class MonoMix implements Mono {
  /** 16 steps of 16 bits, -66 dB: dither and the ripple of lossy coding are less. */
  static final float SILENCE = 16 / 32768f;

  /** Samples of all channels that are held at a time; one frame at least (65535 channels). */
  private static final int HELD = 8192;

  /** Frames at a time in the first pass, which is mostly over soon. */
  private static final int FIRST = 1024;

  private final Signal.PcmStream pcm;
  private final boolean[] heard;
  private final int voices;

  /** Interleaved samples; [frames, channels]. */
  private final float[] samples;

  /** Of the channels that are heard; [frames]. */
  private final double[] sums;

  private long position;
  private boolean ended;

  private MonoMix(Signal.PcmStream pcm, boolean[] heard) {
    this.pcm = pcm;
    this.heard = heard;
    this.voices = count(heard);
    this.samples = new float[frames(heard.length) * heard.length];
    this.sums = new double[frames(heard.length)];
  }

  static MonoMix open(Signal.Audio audio) throws IOException {
    if (audio.rate() < 1 || audio.channels() < 1) {
      throw Invalid.argument(
          "audio", "rate " + audio.rate() + ", channels " + audio.channels(), "both at least 1");
    }
    return new MonoMix(audio.pcm().open(), heard(audio));
  }

  /** The channels that are not silent; [channels]. */
  private static boolean[] heard(Signal.Audio audio) throws IOException {
    boolean[] heard = new boolean[audio.channels()];
    int held = Math.min(FIRST, frames(heard.length));
    float[] samples = new float[held * heard.length];
    try (Signal.PcmStream pcm = audio.pcm().open()) {
      while (count(heard) < heard.length) {
        int frames = pcm.read(samples, held);
        if (frames < 0) {
          break;
        }
        for (int c = 0; c < heard.length; c++) {
          heard[c] |= isHeard(samples, c, frames * heard.length, heard.length);
        }
      }
    }
    return heard;
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
  public int read(float[] to, int at, int n) throws IOException {
    int done = 0;
    while (done < n && !ended) {
      int frames = pcm.read(samples, Math.min(samples.length / heard.length, n - done));
      ended = frames < 0;
      mix(frames, to, at + done);
      done += Math.max(0, frames);
      position += Math.max(0, frames);
    }
    return done;
  }

  private void mix(int frames, float[] to, int at) {
    int channels = heard.length;
    for (int f = 0; f < frames; f++) {
      sums[f] = 0;
    }
    for (int c = 0; c < channels; c++) {
      float factor = heard[c] ? 1 : 0; // what isn't finite is met in a silent channel, too
      for (int f = 0; f < frames; f++) {
        sums[f] += samples[f * channels + c] * factor;
      }
    }
    double divisor = Math.max(1, voices);
    for (int f = 0; f < frames; f++) {
      if (!Double.isFinite(sums[f])) {
        throw notFinite(f);
      }
      to[at + f] = (float) (sums[f] / divisor);
    }
  }

  private Rejected notFinite(int frame) {
    int c = 0;
    while (Float.isFinite(samples[frame * heard.length + c])) {
      c++;
    }
    return new Rejected(
        Rejected.Reason.NOT_FINITE,
        "sample "
            + (position + frame)
            + " of channel "
            + c
            + " is "
            + samples[frame * heard.length + c]);
  }

  @Override
  public void close() throws IOException {
    pcm.close();
  }
}
