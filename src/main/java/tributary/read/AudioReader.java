package tributary.read;

import java.io.IOException;
import tributary.base.Invalid;

/**
 * Sound: WAV, AIFF and AIFC, AU, Ogg Vorbis and FLAC to interleaved samples, with tags before and
 * behind or without. Headers are checked here; samples are decoded as they are read, as often as
 * the sound is opened, so memory doesn't grow with the duration. A fault further in is met as
 * {@link Rejected} by whoever reads. Safe to call from many threads; an opened stream belongs to
 * one.
 *
 * <p>Samples that the file holds as floating-point numbers are given as they are, above 1 too.
 */
public final class AudioReader {
  private static final int SILENT_RATE = 48_000;

  private AudioReader() {}

  /**
   * The sound in a file of those formats that are decoded here. No samples are a legal sound.
   *
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, CORRUPT_AUDIO; from the opened stream also
   *     NOT_FINITE
   */
  public static Signal.Audio read(byte[] tagged) {
    return read(tagged, CodecLibrary.NONE);
  }

  /**
   * The sound in a file, or in a file of video: none there is a sound without samples.
   *
   * @param codecs for MP3, AAC, Opus and all else that isn't decoded here
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, CORRUPT_AUDIO, AUDIO_TOO_LARGE; from the opened
   *     stream also NOT_FINITE
   */
  public static Signal.Audio read(byte[] tagged, CodecLibrary codecs) {
    byte[] payload = Tags.without(tagged);
    Format format = Format.of("audio", payload);
    if (format == null) {
      return codecs.sound(Container.holding(Container.Holds.SOUND, "audio", payload), payload);
    }
    try {
      return decoded(format, payload);
    } catch (Codecs.Unread e) {
      if (codecs instanceof NoCodecs none) {
        throw none.without(e.rejected());
      }
      return codecs.sound(Container.of(format, Container.Holds.SOUND), payload);
    }
  }

  /**
   * The sound of a file that a video is read of, too: without samples where it is of a format that
   * is pictures alone, such as an animated GIF.
   *
   * @throws Rejected as {@link #read(byte[], CodecLibrary)}
   */
  public static Signal.Audio track(byte[] payload, CodecLibrary codecs) {
    return VideoReader.isMute(payload) ? silence() : read(payload, codecs);
  }

  /** A sound that isn't there, of a rate that every other can be made of. */
  public static Signal.Audio silence() {
    return pcm(SILENT_RATE, new float[0]);
  }

  private static Signal.Audio decoded(Format format, byte[] payload) {
    Signal.Audio audio =
        guard(
            format,
            () ->
                switch (format) {
                  case WAV -> Wav.audio(payload);
                  case AIFF -> Aiff.audio(payload);
                  case AU -> Au.audio(payload);
                  case OGG -> Vorbis.audio(payload);
                  case FLAC -> Flac.audio(payload);
                  default -> throw format.misplaced("audio");
                });
    return new Signal.Audio(
        audio.rate(),
        audio.channels(),
        () -> new Guarded(format, guard(format, () -> audio.pcm().open())));
  }

  /**
   * Samples that were decoded elsewhere, one channel.
   *
   * @param rate samples a second, rounded to a whole number
   * @param mono [samples]
   * @throws Rejected NOT_FINITE with index and value; CORRUPT_AUDIO where the rate is no rate
   */
  public static Signal.Audio pcm(double rate, float[] mono) {
    if (!(rate >= 0.5 && rate <= Integer.MAX_VALUE)) {
      throw SoundFiles.corrupt(Invalid.text("rate", rate, "must be 1 to 2147483647"));
    }
    for (int i = 0; i < mono.length; i++) {
      if (!Float.isFinite(mono[i])) {
        throw new Rejected(
            Rejected.Reason.NOT_FINITE, "Cannot read audio: sample " + i + " is " + mono[i]);
      }
    }
    return new Signal.Audio((int) Math.round(rate), 1, () -> new Samples(mono));
  }

  /** What a decoder does. */
  private interface Decoding<T> {
    T run() throws IOException;
  }

  /** Whatever a decoder throws means that it can't read the payload. */
  private static <T> T guard(Format format, Decoding<T> decoding) {
    try {
      return decoding.run();
    } catch (Rejected | Codecs.Unread e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_AUDIO, "Cannot read " + format + ": " + Format.reason(e), e);
    }
  }

  private record Guarded(Format format, Signal.PcmStream stream) implements Signal.PcmStream {
    @Override
    public int read(float[] interleaved, int frames) {
      return guard(format, () -> stream.read(interleaved, frames));
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  private static final class Samples implements Signal.PcmStream {
    private final float[] mono; // [samples]
    private int at;

    Samples(float[] mono) {
      this.mono = mono;
    }

    @Override
    public int read(float[] interleaved, int frames) {
      if (at == mono.length) {
        return -1;
      }
      int count = Math.min(frames, mono.length - at);
      System.arraycopy(mono, at, interleaved, 0, count);
      at += count;
      return count;
    }

    @Override
    public void close() {}
  }
}
