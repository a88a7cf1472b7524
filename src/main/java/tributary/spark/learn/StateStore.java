package tributary.spark.learn;

import java.io.Serializable;
import java.util.Optional;
import tributary.learn.Replica;

/**
 * Where states of a run are kept, seen by all executors; sent from the driver with each task. Task
 * 0 alone saves; every task restores. A save that dies half way leaves the one before as the
 * latest.
 */
public interface StateStore extends Serializable {
  /** The latest step whose state is whole; empty before the first save. */
  Optional<Long> latestStep();

  /** Keeps the replica's state after that step; saving a step again gives the same bytes. */
  void save(Replica replica, long step);

  /** Gives the replica the state from after that step. */
  void restore(Replica replica, long step);
}
