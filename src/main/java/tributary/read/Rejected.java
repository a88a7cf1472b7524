package tributary.read;

/**
 * A payload that can't be decoded: the record goes to the quarantine table with this reason and
 * detail, the job goes on. Thrown in tasks.
 */
public final class Rejected extends RuntimeException {
  /** The reasons, as the quarantine table spells them. */
  public enum Reason {
    NULL_ID,
    DUPLICATE_ID,
    DUPLICATE_PART,
    NULL_PART,
    MISSING_FILE,
    EMPTY_PAYLOAD,
    CORRUPT_IMAGE,
    IMAGE_TOO_LARGE,
    CORRUPT_AUDIO,
    AUDIO_TOO_LARGE,
    CORRUPT_VIDEO,
    VIDEO_TOO_LARGE,
    /** Of a mesh or a file of points. */
    CORRUPT_MESH,
    UNKNOWN_FORMAT,
    NOT_UTF8,
    NOT_FINITE,
    WRONG_WIDTH,
    NULL_VALUE,
    PAYLOAD_TOO_LARGE,
    TOO_LONG,
    /** What no reader foresaw; the detail has the exception. */
    UNREADABLE;

    /** Whether another try may find the payload otherwise. */
    public boolean isPassing() {
      return this == MISSING_FILE || this == UNREADABLE;
    }
  }

  private final Reason reason;
  private final boolean passing;

  /**
   * @param detail what a person needs to find the fault: both sides of a mismatch, the offset, the
   *     format
   */
  public Rejected(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
    this.passing = reason.isPassing();
  }

  public Rejected(Reason reason, String detail, Throwable cause) {
    this(reason, detail, cause, reason.isPassing());
  }

  private Rejected(Reason reason, String detail, Throwable cause, boolean passing) {
    super(detail, cause);
    this.reason = reason;
    this.passing = passing;
  }

  /** What may be otherwise when it is tried again, whatever the reason. */
  public static Rejected passing(Reason reason, String detail, Throwable cause) {
    return new Rejected(reason, detail, cause, true);
  }

  /** Whether another try may not meet it. */
  public boolean isPassing() {
    return passing;
  }

  public Reason reason() {
    return reason;
  }

  public String detail() {
    return String.valueOf(getMessage());
  }
}
