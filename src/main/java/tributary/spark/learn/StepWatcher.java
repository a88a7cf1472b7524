package tributary.spark.learn;

import java.util.List;

/** Hears of steps on the driver, in a thread of Spark's: soon done. */
@FunctionalInterface
public interface StepWatcher {
  /**
   * @param steps one after the other, since the last call; those of an attempt that failed may be
   *     heard of again
   */
  void saw(List<Step> steps);
}
