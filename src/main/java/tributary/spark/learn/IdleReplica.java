package tributary.spark.learn;

import java.util.List;
import java.util.Optional;
import tributary.learn.Checkpoint;
import tributary.learn.Replica;

/** Computes nothing: what a step costs with it is Spark's and the exchange's. For measuring. */
final class IdleReplica implements Replica {
  private final int parameters;

  private IdleReplica(int parameters) {
    this.parameters = parameters;
  }

  /**
   * @param parameters P
   */
  record Source(int parameters) implements ReplicaSource {
    @Override
    public Replica open(Share share) {
      return new IdleReplica(parameters);
    }
  }

  /** Keeps nothing: such a run has nothing to go on from. */
  record Store() implements StateStore {
    @Override
    public Optional<Long> latestStep() {
      return Optional.empty();
    }

    @Override
    public void save(Replica replica, long step) {}

    @Override
    public void restore(Replica replica, long step) {
      throw new IllegalStateException("Cannot restore step " + step + ": nothing was saved");
    }
  }

  @Override
  public int parameters() {
    return parameters;
  }

  @Override
  public float[] forward(long step, int shard) {
    return new float[] {shard};
  }

  /** One float of the gradient tells whether all were added. */
  @Override
  public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
    gradient[0] = shard;
    gradient[parameters - 1] = met.size();
    return new double[] {shard};
  }

  @Override
  public int measures() {
    return 1;
  }

  @Override
  public void update(long step, float[] gradient, double[] losses) {
    // All replicas have all of it: the sum of shard numbers, of counts, and of losses.
    int shards = (int) Math.round(Math.sqrt(gradient[parameters - 1]));
    double sum = shards * (shards - 1) / 2.0;
    if (gradient[0] != sum || losses[0] != sum) {
      throw new IllegalStateException(
          "Cannot time a step: sums "
              + gradient[0]
              + " and "
              + losses[0]
              + " (expected "
              + sum
              + ")");
    }
  }

  @Override
  public Checkpoint state(long step) {
    throw new IllegalStateException("Cannot keep step " + step + ": there is nothing to keep");
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    throw new IllegalStateException("Cannot restore: nothing was kept");
  }

  @Override
  public void close() {}
}
