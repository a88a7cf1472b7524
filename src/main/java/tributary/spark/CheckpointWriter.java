package tributary.spark;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;
import tributary.spark.publish.Point;
import tributary.write.Outcome;

/**
 * Puts down a task's finished records in portions, while it makes them: a task that dies loses no
 * more than five seconds of its work, or a twentieth. A portion is written under another name and
 * has its own when it is whole. What can't be written is counted, and the task goes on. Lives in a
 * task, used by one thread.
 */
final class CheckpointWriter {
  private static final long LEAST_NANOS = 5_000_000_000L;
  private static final int SHARE = 20;

  /** Bytes that a task holds at most. */
  private static final int MOST = 8 << 20;

  private final @Nullable CheckpointPlan plan;
  private final Metrics metrics;
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();
  private final long started = System.nanoTime();
  private long written = started;

  /**
   * @param plan null to put down nothing
   */
  CheckpointWriter(@Nullable CheckpointPlan plan, Metrics metrics) {
    this.plan = plan;
    this.metrics = metrics;
  }

  /** Takes what is finished of a record that can be known again. */
  void add(Staged staged) {
    if (plan == null || !(staged instanceof Staged.Finished record) || !isLasting(record)) {
      return;
    }
    long start = System.nanoTime();
    records.writeBytes(CheckpointPortion.record(record));
    long due = Math.max(LEAST_NANOS, (start - started) / SHARE);
    if (records.size() >= MOST || start - written >= due) {
      write(plan);
    }
    metrics.checkpointNanos.add(System.nanoTime() - start);
  }

  private static boolean isLasting(Staged.Finished record) {
    return record.contentHash() != null
        && !(record.outcome() instanceof Outcome.Quarantined q && q.passing());
  }

  /** After the last record. */
  void close() {
    if (plan != null && records.size() > 0) {
      long start = System.nanoTime();
      write(plan);
      metrics.checkpointNanos.add(System.nanoTime() - start);
    }
  }

  private void write(CheckpointPlan to) {
    try {
      Path folder = new Path(to.folder());
      String name = CheckpointPlan.PORTION + UUID.randomUUID();
      Path own = new Path(folder, name);
      Path other = new Path(folder, "." + name);
      FileSystem fs = CheckpointPlan.fileSystem(folder, SparkHadoopUtil.get().conf());
      try (OutputStream out = fs.create(other, false)) {
        out.write(CheckpointPortion.header(to));
        records.writeTo(out);
      }
      Point.PORTION_WRITTEN.reached();
      if (!fs.rename(other, own)) {
        throw new IOException(own + " can't be renamed");
      }
      Point.PORTION_MOVED.reached();
    } catch (IOException | RuntimeException e) {
      // Clients of file systems throw either.
      metrics.checkpointFailures.add(1);
      System.getLogger("tributary")
          .log(System.Logger.Level.WARNING, "Cannot write to the checkpoint", e);
    }
    records.reset();
    written = System.nanoTime();
  }
}
