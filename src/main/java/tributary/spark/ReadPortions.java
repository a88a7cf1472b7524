package tributary.spark;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Paths of portions to the finished records in them, staged without their kept columns; one portion
 * at a time. What is wrong is counted and passed over: it is computed anew.
 */
final class ReadPortions implements MapPartitionsFunction<String, Row> {
  private final CheckpointPlan plan;
  private final @Nullable Metrics metrics;

  /**
   * @param metrics null where nothing is counted
   */
  ReadPortions(CheckpointPlan plan, @Nullable Metrics metrics) {
    this.plan = plan;
    this.metrics = metrics;
  }

  @Override
  public Iterator<Row> call(Iterator<String> paths) {
    return new Iterator<>() {
      private final Deque<Staged> ready = new ArrayDeque<>();

      @Override
      public boolean hasNext() {
        while (ready.isEmpty() && paths.hasNext()) {
          ready.addAll(read(paths.next()));
        }
        return !ready.isEmpty();
      }

      @Override
      public Row next() {
        if (!hasNext()) {
          throw new NoSuchElementException("no more records");
        }
        return ready.remove().row();
      }
    };
  }

  private List<Staged.Finished> read(String name) {
    Path path = new Path(name);
    byte[] portion;
    try {
      FileSystem fs = CheckpointPlan.fileSystem(path, SparkHadoopUtil.get().conf());
      try (InputStream in = fs.open(path)) {
        portion = in.readAllBytes();
      }
    } catch (IOException | RuntimeException e) {
      wrong(1);
      System.getLogger("tributary")
          .log(System.Logger.Level.WARNING, "Cannot read " + name + " of the checkpoint", e);
      return List.of();
    }
    CheckpointPortion.Read read = CheckpointPortion.read(portion, plan);
    wrong(read.wrong());
    return read.records();
  }

  private void wrong(int number) {
    if (metrics != null) {
      metrics.checkpointWrong.add(number);
    }
  }
}
