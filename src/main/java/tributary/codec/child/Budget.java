package tributary.codec.child;

import tributary.codec.Wire;

/** Bytes that a payload may still decode to. */
final class Budget {
  private final long most;
  private long left;

  Budget(long most) {
    this.most = most;
    this.left = most;
  }

  /** Takes so many of them, before they are written. */
  void spend(long bytes) throws Fault {
    left -= bytes;
    if (left < 0) {
      throw new Fault(
          Wire.TOO_LARGE, "it decodes to more than the " + most + " bytes of codecs.output");
    }
  }
}
