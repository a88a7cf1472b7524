package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;

/** A payload that is being decoded. */
interface Opened extends AutoCloseable {
  /**
   * Reads as far as it must to say what it is. What was made is closed by {@link #close}, even
   * where it fails.
   */
  void start() throws Fault;

  /** Writes what `OPENED` is followed by. */
  void describe(DataOutputStream out) throws Fault, IOException;

  /**
   * Writes the answer to `NEXT`; nothing where it fails.
   *
   * @param budget is asked before anything is written
   */
  void next(DataOutputStream out, Budget budget) throws Fault, IOException;

  @Override
  void close();
}
