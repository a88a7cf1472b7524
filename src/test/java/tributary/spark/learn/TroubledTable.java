package tributary.spark.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import tributary.learn.Checkpoint;
import tributary.learn.Replica;

/**
 * The real replicas and checkpoints of a job, which meet trouble.
 *
 * @param checkpoints the folder of the run
 * @param inner which other trouble they meet
 */
record TroubledTable(Trouble trouble, Path checkpoints, PretrainJob.Between inner)
    implements PretrainJob.Between {
  /** Rows of a task before it meets trouble: in the midst of them. */
  private static final int ROWS = 5;

  @Override
  public ReplicaSource.OfRows<Row> source(ReplicaSource.OfRows<Row> own) {
    Trouble happens = trouble;
    ReplicaSource.OfRows<Row> within = inner.source(own);
    return (share, rows) ->
        new Passes(within.open(share, new Rows(rows, share, happens)), share, happens);
  }

  @Override
  public StateStore store(StateStore own) {
    return new Store(inner.store(own), trouble, checkpoints.toString());
  }

  /** Rows that come to a task. */
  private static final class Rows implements Iterator<Row> {
    private final Iterator<Row> own;
    private final Share share;
    private final Trouble trouble;
    private int taken;

    Rows(Iterator<Row> own, Share share, Trouble trouble) {
      this.own = own;
      this.share = share;
      this.trouble = trouble;
    }

    @Override
    public boolean hasNext() {
      return own.hasNext();
    }

    @Override
    public Row next() {
      if (++taken == ROWS) {
        trouble.in(Trouble.Phase.LOAD, share.task(), 0);
      }
      return own.next();
    }
  }

  /** A real replica. */
  private record Passes(Replica own, Share share, Trouble trouble) implements Replica {
    @Override
    public int parameters() {
      return own.parameters();
    }

    @Override
    public float[] forward(long step, int shard) {
      if (shard == share.first()) {
        trouble.in(Trouble.Phase.FORWARD, share.task(), step);
      }
      return own.forward(step, shard);
    }

    @Override
    public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
      double[] losses = own.backward(step, shard, met, gradient);
      if (shard == share.end() - 1) {
        trouble.in(Trouble.Phase.EXCHANGE, share.task(), step);
      }
      return losses;
    }

    @Override
    public int measures() {
      return own.measures();
    }

    @Override
    public void update(long step, float[] gradient, double[] losses) {
      own.update(step, gradient, losses);
    }

    @Override
    public double gradientNorm() {
      return own.gradientNorm();
    }

    @Override
    public Checkpoint state(long step) {
      return own.state(step);
    }

    @Override
    public void restore(Checkpoint checkpoint) {
      own.restore(checkpoint);
    }

    @Override
    public void close() throws Exception {
      own.close();
    }
  }

  /** Real checkpoints; of the one that is being written at a death half of the bytes are there. */
  private record Store(StateStore own, Trouble trouble, String folder) implements StateStore {
    @Override
    public Optional<Long> latestStep() {
      return own.latestStep();
    }

    @Override
    public void save(Replica replica, long step) {
      own.save(replica, step);
      if (trouble.isDue(Trouble.Phase.SAVE, 0, step)) {
        halve(step);
        trouble.in(Trouble.Phase.SAVE, 0, step);
      }
    }

    private void halve(long step) {
      Path file = Path.of(folder, "step-%010d.safetensors".formatted(step));
      Path part = Path.of(folder, "." + file.getFileName() + ".part");
      try {
        Files.move(file, part);
        try (FileChannel bytes = FileChannel.open(part, StandardOpenOption.WRITE)) {
          bytes.truncate(bytes.size() / 2);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void restore(Replica replica, long step) {
      own.restore(replica, step);
    }
  }
}
