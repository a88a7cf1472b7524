package tributary.spark.learn;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.Row;
import tributary.base.Closing;
import tributary.base.Reason;
import tributary.config.Problems.Refused;
import tributary.learn.BatchOrder;
import tributary.learn.Batches;
import tributary.learn.Checkpoint;
import tributary.learn.LearningRecord;
import tributary.learn.LearningReplica;
import tributary.learn.LearningSettings;
import tributary.learn.LearningStopped;
import tributary.learn.Replica;
import tributary.learn.RunIdentity;
import tributary.models.Models;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/**
 * Makes a task's replica of a table's rows: they go to the task's disk, the model comes from the
 * folder where the driver has put it. Sent with each task.
 *
 * @param model folder of the model before the first step, seen by all executors
 * @param batch records of a step
 * @param validateEvery steps between two validations; the last step has one, too
 */
record TableReplicas(
    String model,
    LearningSettings settings,
    Kernels kernels,
    TakeShards shards,
    int batch,
    long validateEvery,
    RunIdentity identity)
    implements ReplicaSource.OfRows<Row> {

  @Override
  public Replica open(Share share, Iterator<Row> rows) {
    TaskRecords own = shards.take(share.task(), rows);
    OfShards batches = new OfShards(order(), own, validateEvery, settings.schedule().steps());
    try {
      LearningReplica replica =
          new LearningReplica(
              Models.load(Path.of(model)),
              Models::learner,
              Backends.open(kernels),
              settings,
              batches,
              identity);
      return new Owning(replica, batches, own);
    } catch (IllegalArgumentException e) {
      own.close();
      throw new LearningStopped(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  private BatchOrder order() {
    return new BatchOrder(settings.seed(), shards.records(), shards.shards(), batch);
  }

  /** Records of a step in the order that all tasks know. */
  record OfShards(BatchOrder order, TaskRecords own, long validateEvery, long last)
      implements Batches {
    /** Records of a shard that are validated with. */
    private static final int MOST = 16;

    /** Records that a message names at most. */
    private static final int NAMED = 8;

    @Override
    public List<LearningRecord> records(long step, int shard) {
      List<LearningRecord> records = new ArrayList<>();
      for (int index : order.indices(step - 1, shard)) {
        records.add(own.training().record(shard, index));
      }
      return records;
    }

    @Override
    public List<LearningRecord> validation(long step, int shard) {
      List<LearningRecord> records = new ArrayList<>();
      boolean now = step % validateEvery == 0 || step == last;
      int some = now ? Math.min(MOST, own.heldOut().size(shard)) : 0;
      for (int index = 0; index < some; index++) {
        records.add(own.heldOut().record(shard, index));
      }
      return records;
    }

    @Override
    public int epoch(long step) {
      return Math.toIntExact(order.epoch(step - 1));
    }

    @Override
    public int batch() {
      return order.batch();
    }

    /** Ids of a step's records in a shard, a few of many; of records that can't be read none. */
    private String ids(long step, int shard) {
      try {
        List<String> ids = records(step, shard).stream().map(LearningRecord::id).toList();
        String more = ids.size() > NAMED ? " and " + (ids.size() - NAMED) + " more" : "";
        return " from records " + ids.subList(0, Math.min(NAMED, ids.size())) + more;
      } catch (RuntimeException unread) {
        return "";
      }
    }
  }

  /** A replica and the records on disk that end with it. */
  record Owning(Replica replica, OfShards batches, TaskRecords records) implements Replica {
    /**
     * A pass that fails names its records. What the arguments made it refuse it would refuse again:
     * that ends the run; anything else Spark tries again.
     */
    private <T> T named(long step, int shard, Supplier<T> pass) {
      try {
        return pass.get();
      } catch (LearningStopped | Refused e) {
        throw e;
      } catch (RuntimeException e) {
        String where = "Cannot learn in step " + step + batches.ids(step, shard) + ": ";
        if (e instanceof IllegalArgumentException) {
          throw new LearningStopped(where + Reason.of(e));
        }
        throw new IllegalStateException(where + Reason.of(e), e);
      }
    }

    @Override
    public int parameters() {
      return replica.parameters();
    }

    @Override
    public float[] forward(long step, int shard) {
      return named(step, shard, () -> replica.forward(step, shard));
    }

    @Override
    public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
      return named(step, shard, () -> replica.backward(step, shard, met, gradient));
    }

    @Override
    public int measures() {
      return replica.measures();
    }

    @Override
    public void update(long step, float[] gradient, double[] losses) {
      replica.update(step, gradient, losses);
    }

    @Override
    public double gradientNorm() {
      return replica.gradientNorm();
    }

    @Override
    public Checkpoint state(long step) {
      return replica.state(step);
    }

    @Override
    public void restore(Checkpoint checkpoint) {
      replica.restore(checkpoint);
    }

    @Override
    public void close() {
      Closing.all(replica, records);
    }
  }
}
