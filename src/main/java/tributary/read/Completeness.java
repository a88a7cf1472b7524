package tributary.read;

/** How pictures say that they are at fault. */
final class Completeness {
  private Completeness() {}

  static Rejected cut(String format, String what, byte[] payload) {
    return corrupt(
        String.format("Cannot read %s: %s, the file has %d", format, what, payload.length));
  }

  static Rejected corrupt(String detail) {
    return new Rejected(Rejected.Reason.CORRUPT_IMAGE, detail);
  }
}
