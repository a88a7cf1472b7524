package tributary.learn;

import java.util.List;

/**
 * What learns, of one task: weights, optimiser, the passes of its gradient shards. Lives in one
 * task, is used by one thread. Steps are counted from 1. Every replica of a run has the same
 * weights after every step, bit for bit: what it does may depend on (step, shard) and on what it is
 * given, never on the task.
 */
public interface Replica extends AutoCloseable {
  /** P: how many floats a gradient has. */
  int parameters();

  /**
   * Forward pass of one gradient shard of one step; keeps what backward needs.
   *
   * @return what all shards must see of each other, of any length, may be empty; read by other
   *     tasks of the JVM until the step's update, and not changed before that
   */
  float[] forward(long step, int shard);

  /**
   * Backward pass of one shard.
   *
   * @param met what forward gave for every shard, in order of shards; not to be changed
   * @param gradient [P], overwritten with the shard's
   * @return the shard's loss sums [measures()]
   */
  double[] backward(long step, int shard, List<float[]> met, float[] gradient);

  /** Length of the loss sums. */
  int measures();

  /**
   * Takes the step; every replica does so alike.
   *
   * @param gradient [P], the tree's sum over all shards; may be changed
   * @param losses [measures()], the tree's sum over all shards
   * @throws LearningStopped where no later step could help: a loss that is not a number, say
   */
  void update(long step, float[] gradient, double[] losses);

  /** Length of the gradient of the last step that was taken; NaN where nobody measures it. */
  default double gradientNorm() {
    return Double.NaN;
  }

  /** The weights and all else that the next step depends on, to a checkpoint. */
  Checkpoint state(long step);

  /** The weights and all else that the next step depends on, from a checkpoint. */
  void restore(Checkpoint checkpoint);
}
