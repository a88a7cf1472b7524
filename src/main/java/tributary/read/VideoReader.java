package tributary.read;

/**
 * Video: MP4, QuickTime, WebM, Matroska, AVI, MPEG and others of a {@link Container}, Ogg, and
 * animations (GIF, PNG, AVIF), all by a {@link CodecLibrary}. Nothing is decoded before the first
 * frame is asked for.
 */
public final class VideoReader {
  private VideoReader() {}

  /**
   * The video in a payload.
   *
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT; from its frames also CORRUPT_VIDEO and
   *     VIDEO_TOO_LARGE
   */
  public static Signal.Video read(byte[] payload, CodecLibrary codecs) {
    Format format = Format.of("video", payload);
    if (format == null) {
      return codecs.video(Container.holding(Container.Holds.VIDEO, "video", payload), payload);
    }
    if (format == Format.GIF) {
      Gif.walkAll(payload);
    }
    return switch (format) {
      case GIF, PNG, OGG -> codecs.video(Container.of(format, Container.Holds.VIDEO), payload);
      default -> throw format.misplaced("video");
    };
  }
}
