package tributary.spark.learn;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Why the attempts of a run failed, as their tasks tell it: of the last attempt alone, for what the
 * ones before it failed with has been recovered from. On the driver, for all threads.
 */
final class Failures {
  private int latest;
  private @Nullable Failed last;

  /** A task of an attempt, from 0, has begun. */
  record Began(int attempt) implements Serializable {}

  /**
   * How a task failed.
   *
   * @param attempt of the stage, from 0
   * @param own whether it failed by itself: another task's failure is the reason otherwise
   */
  record Failed(int attempt, int task, boolean own, String reason) implements Serializable {}

  synchronized void began(Began began) {
    at(began.attempt());
  }

  /** Of the attempt's failures the first counts, one of a task's own before any other. */
  synchronized void heard(Failed failed) {
    at(failed.attempt());
    Failed before = last;
    if (failed.attempt() == latest && (before == null || (failed.own() && !before.own()))) {
      last = failed;
    }
  }

  private void at(int attempt) {
    if (attempt > latest) {
      latest = attempt;
      last = null;
    }
  }

  /** Why the last attempt failed; null where none of its tasks said so. */
  synchronized @Nullable Failed last() {
    return last;
  }
}
