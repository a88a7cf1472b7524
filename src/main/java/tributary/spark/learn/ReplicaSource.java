package tributary.spark.learn;

import java.io.Serializable;
import java.util.Iterator;
import tributary.learn.Replica;

/** Makes a task's replica in the task; sent from the driver with each task, so small. */
@FunctionalInterface
public interface ReplicaSource extends Serializable {
  /** A replica with the weights from before the first step, alike in all tasks. */
  Replica open(Share share);

  /**
   * Makes a replica that learns from the rows of the task's partition.
   *
   * @param <R> a row
   */
  @FunctionalInterface
  interface OfRows<R> extends Serializable {
    /**
     * @param rows of the task's shards; not to be used once this has returned
     */
    Replica open(Share share, Iterator<R> rows);
  }
}
