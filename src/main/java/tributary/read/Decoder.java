package tributary.read;

/** Bytes to a signal. Lives in a task, used by one thread. */
@FunctionalInterface
public interface Decoder {
  /**
   * The signal in a payload.
   *
   * @throws Rejected where there is none
   */
  Signal decode(byte[] content);
}
