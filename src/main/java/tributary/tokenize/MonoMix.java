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
  private static final int HELD = 16384;

  private final Signal.PcmStream pcm;
  private final boolean[] heard;
  private final int voices;

  /** Interleaved samples; [frames, channels]. */
  private final float[] samples;

  private long position;
  private boolean ended;

  private MonoMix(Signal.PcmStream pcm, boolean[] heard) {
    this.pcm = pcm;
    this.heard = heard;
    this.voices = count(heard);
    this.samples = new float[frames(heard.length) * heard.length];
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
    int held = frames(heard.length);
    float[] samples = new float[held * heard.length];
    try (Signal.PcmStream pcm = audio.pcm().open()) {
      while (count(heard) < heard.length) {
        int frames = pcm.read(samples, held);
        if (frames < 0) {
          break;
        }
        for (int i = 0; i < frames * heard.length; i++) {
          if (Math.abs(samples[i]) > SILENCE) {
            heard[i % heard.length] = true;
          }
        }
      }
    }
    return heard;
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
      for (int f = 0; f < frames; f++) {
        to[at + done + f] = mean(f);
      }
      done += Math.max(0, frames);
      position += Math.max(0, frames);
    }
    return done;
  }

  private float mean(int frame) {
    double sum = 0;
    for (int c = 0; c < heard.length; c++) {
      float sample = samples[frame * heard.length + c];
      if (!Float.isFinite(sample)) {
        throw new Rejected(
            Rejected.Reason.NOT_FINITE,
            "sample " + (position + frame) + " of channel " + c + " is " + sample);
      }
      sum += heard[c] ? sample : 0;
    }
    return voices == 0 ? 0 : (float) (sum / voices);
  }

  @Override
  public void close() throws IOException {
    pcm.close();
  }
}
