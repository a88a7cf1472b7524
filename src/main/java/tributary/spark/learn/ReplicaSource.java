package tributary.spark.learn;

import java.io.Serializable;
import tributary.learn.Replica;

/** Makes a task's replica in the task; sent from the driver with each task, so small. */
@FunctionalInterface
public interface ReplicaSource extends Serializable {
  /** A replica with the weights from before the first step, alike in all tasks. */
  Replica open(Share share);
}
