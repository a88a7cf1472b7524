package tributary.read;

/**
 * Video: MP4, QuickTime, WebM, Matroska, AVI, MPEG and others of a {@link Container}, Ogg, and
 * animations (GIF, PNG, AVIF), all by a {@link CodecLibrary}. Nothing is decoded before the first
 * frame is asked for.
 */
public final class VideoReader {
  private VideoReader() {}

  /** Whether a payload is of a format that can be a video and can't have a sound. */
  static boolean isMute(byte[] payload) {
    Format format = Format.of("video", payload);
    if (format == null) {
      Container container = Container.of(payload);
      return container != null
          && container.holds().contains(Container.Holds.VIDEO)
          && !container.holds().contains(Container.Holds.SOUND);
    }
    return format == Format.GIF || format == Format.PNG;
  }

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
    } else if (format == Format.PNG && !Png.isAnimated(payload)) {
      throw format.misplaced("video");
    }
    return switch (format) {
      case GIF, PNG, OGG -> codecs.video(Container.of(format, Container.Holds.VIDEO), payload);
      default -> throw format.misplaced("video");
    };
  }
}
