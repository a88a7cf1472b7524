package tributary.codec;

import tributary.read.Container;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;

/**
 * How what goes wrong with a payload is told.
 *
 * @param corrupt the reason where it is damaged
 * @param tooLarge the reason where it needs too much
 */
record Reasons(Container container, Reason corrupt, Reason tooLarge) {
  static Reasons picture(Container container) {
    return new Reasons(container, Reason.CORRUPT_IMAGE, Reason.IMAGE_TOO_LARGE);
  }

  static Reasons sound(Container container) {
    return new Reasons(container, Reason.CORRUPT_AUDIO, Reason.AUDIO_TOO_LARGE);
  }

  static Reasons video(Container container) {
    return new Reasons(container, Reason.CORRUPT_VIDEO, Reason.VIDEO_TOO_LARGE);
  }

  Rejected refused(CodecProcess.Refusal e) {
    return rejected(
        switch (e.kind()) {
          case Wire.TOO_LARGE -> tooLarge;
          case Wire.NOTHING -> Reason.UNKNOWN_FORMAT;
          default -> corrupt;
        },
        e);
  }

  /** On a machine that is less busy the process may not end over it. */
  Rejected lost(CodecProcess.Lost e) {
    return Rejected.passing(e.byLimit() ? tooLarge : corrupt, detail(e), e);
  }

  Rejected corrupt(String detail) {
    return new Rejected(corrupt, "Cannot read " + container.name() + ": " + detail);
  }

  private Rejected rejected(Reason reason, Exception e) {
    return new Rejected(reason, detail(e), e);
  }

  private String detail(Exception e) {
    return "Cannot read " + container.name() + ": " + e.getMessage();
  }
}
