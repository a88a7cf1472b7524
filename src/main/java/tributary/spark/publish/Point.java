package tributary.spark.publish;

import java.util.function.Consumer;

/**
 * The steps of a run's way to its output, in their order: where a test stops, kills, throws or lets
 * another go first. Reaching one costs nothing else.
 */
public enum Point {
  /** A lease is asked for, and not had yet. */
  WANTED,
  /** The lease is held; nothing else has happened. */
  LEASED,
  /** What a run before left has been finished or cleared away. */
  RECOVERED,
  /** In a task: a portion of the checkpoint is written, under another name. */
  PORTION_WRITTEN,
  /** In a task: it has its name. */
  PORTION_MOVED,
  /** Every record is encoded or quarantined; nothing is written. */
  ENCODED,
  /** A table is staged, unseen, and not read back yet. */
  WRITTEN,
  /** The table of embeddings was read back. */
  OUTPUT_STAGED,
  /** The quarantine was read back. */
  QUARANTINE_STAGED,
  /** A table that has commits has this run's; nobody has been told. */
  COMMITTED,
  /** The journal says what is to be moved: from here on the run counts, whoever finishes it. */
  INTENDED,
  /** What was in a table's place has been set aside. */
  OLD_ASIDE,
  /** A table is in its place. */
  MOVED,
  /** Manifest and history are written. */
  TOLD,
  /** Nothing is left but the lease. */
  CLEARED;

  private static volatile Consumer<Point> observer = point -> {};

  /** Tells the observer. */
  public void reached() {
    observer.accept(this);
  }

  /**
   * Has every step of this JVM told to someone, for tests.
   *
   * @param told called by the thread that gets there, the driver's or a task's of this JVM; what it
   *     throws is thrown there
   */
  public static void observe(Consumer<Point> told) {
    observer = told;
  }

  /** Ends {@link #observe}. */
  public static void unobserved() {
    observer = point -> {};
  }
}
