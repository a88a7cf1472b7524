package tributary.read;

/**
 * No library of codecs, and why.
 *
 * @param why goes on after "which is decoded by a library of codecs, and"
 */
public record NoCodecs(String why) implements CodecLibrary {
  @Override
  public Signal.Image picture(Container container, byte[] payload, long mostPixels) {
    throw refused("image", container);
  }

  @Override
  public Signal.Audio sound(Container container, byte[] payload) {
    throw refused("audio", container);
  }

  @Override
  public Signal.Video video(Container container, byte[] payload) {
    throw refused("video", container);
  }

  /** The refusal of a coding that would be decoded by a library. */
  Rejected without(Rejected unread) {
    return new Rejected(
        unread.reason(),
        unread.detail() + " here; a library of codecs would decode it, and " + why);
  }

  /**
   * The refusal.
   *
   * @param what was wanted of it
   */
  public Rejected refused(String what, Container container) {
    return new Rejected(
        Rejected.Reason.UNKNOWN_FORMAT,
        "Cannot read %s: it is %s, which is decoded by a library of codecs, and %s"
            .formatted(what, container.name(), why));
  }
}
