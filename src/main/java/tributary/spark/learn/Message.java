package tributary.spark.learn;

import java.util.Locale;

/**
 * What one task gives another, or all tasks of a JVM. By reference inside a JVM: whoever takes it
 * must not change its arrays.
 *
 * @param floats where the elements are, of kinds that carry floats
 * @param offset of the first element in floats
 * @param doubles the elements, of kinds that carry doubles
 * @param text what was said, of kinds that end something
 */
@SuppressWarnings("ArrayRecordComponent")
record Message(Header header, float[] floats, int offset, double[] doubles, String text) {
  private static final float[] NO_FLOATS = {};
  private static final double[] NO_DOUBLES = {};

  /** To every task of a JVM. */
  static final int ALL = -1;

  /** What is given, in the order of a step. */
  enum Kind {
    /** The first of a connection: who is there. */
    HELLO,
    /** What a shard's forward pass gave: floats, at = shard. */
    OUTPUT,
    /** A piece of a task's sum for the range's owner: floats, at = position in the gradient. */
    PART,
    /** A piece of the sum over all tasks, from the range's owner. */
    TOTAL,
    /** The sender has read all that it was given by reference. */
    READ,
    /** A task's loss sums: doubles. */
    LOSSES,
    /** The sender is there. */
    BARRIER,
    /** The sender failed: text. */
    ABORT,
    /** The sender failed, and would again: text. */
    STOP,
    /** The last of a connection: nothing is missing. */
    BYE
  }

  /**
   * What a receiver checks.
   *
   * @param to a task, or {@link #ALL}
   * @param step of learning
   * @param round how many exchanges came before, in lockstep over all tasks
   * @param at where the elements belong
   * @param length elements
   */
  record Header(Kind kind, int from, int to, long step, long round, int at, int length) {
    String line() {
      return String.format(
          Locale.ROOT, "%s at %d of %d elements, step %d, round %d", kind, at, length, step, round);
    }
  }

  static Message floats(Header header, float[] floats, int offset) {
    return new Message(header, floats, offset, NO_DOUBLES, "");
  }

  static Message doubles(Header header, double[] doubles) {
    return new Message(header, NO_FLOATS, 0, doubles, "");
  }

  static Message empty(Header header) {
    return new Message(header, NO_FLOATS, 0, NO_DOUBLES, "");
  }

  static Message text(Kind kind, int from, String text) {
    Header header = new Header(kind, from, ALL, 0, 0, 0, 0);
    return new Message(header, NO_FLOATS, 0, NO_DOUBLES, text);
  }
}
