package tributary.read;

/**
 * Decodes what no reader of this package takes: the lossy formats of sound and video, and pictures
 * coded as these. Lives in a task; safe to call from many threads.
 *
 * <p>A payload is decoded as it is read, and what is open is closed by whoever reads it.
 */
public interface CodecLibrary {
  /** None: such payloads are refused, and the message names their format. */
  CodecLibrary NONE = new NoCodecs("none is in use");

  /**
   * A picture that claims at most so many pixels, as it is meant to be seen.
   *
   * @throws Rejected CORRUPT_IMAGE, IMAGE_TOO_LARGE; UNKNOWN_FORMAT where there is no library
   */
  Signal.Image picture(Container container, byte[] payload, long mostPixels);

  /**
   * The sound in a payload: that which a player would play. None at all is a sound of no samples.
   *
   * @throws Rejected CORRUPT_AUDIO, AUDIO_TOO_LARGE; UNKNOWN_FORMAT where there is no library
   */
  Signal.Audio sound(Container container, byte[] payload);

  /**
   * The video in a payload: that which a player would play.
   *
   * @throws Rejected CORRUPT_VIDEO, VIDEO_TOO_LARGE; UNKNOWN_FORMAT where there is no library
   */
  Signal.Video video(Container container, byte[] payload);
}
