package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.jspecify.annotations.Nullable;

/**
 * The few partitions of files in tasks that keep all cores busy: each partition is read by several
 * tasks, each of which takes the rows whose ids fall into its slice. To read a row again costs a
 * fraction of what encoding it does, and of what a shuffle of its payload would. On the driver.
 */
final class Slices {
  /** Readings of a row at most. */
  static final int MOST = 4;

  /** How much longer the cores may take than if all were busy to the end. */
  private static final double SLACK = 1.1;

  private Slices() {}

  /**
   * The rows, in as few slices as keep the cores busy.
   *
   * @param rows with a column `id`
   * @param cores that tasks run on, 1 or more
   * @param enough partitions that need no slices
   * @return null where only a shuffle would do: the rows are no plain scan of files, which gives
   *     the same rows each time, or there are too few partitions
   */
  static @Nullable Dataset<Row> of(Dataset<Row> rows, int cores, int enough) {
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution();
    if (!isScan(query.optimizedPlan())
        || !(query.sparkPlan().collectLeaves().head() instanceof FileSourceScanExec scan)) {
      return null;
    }
    List<Long> bytes = new ArrayList<>();
    long piece = 0;
    for (Partition partition : scan.inputRDD().partitions()) {
      if (!(partition instanceof FilePartition files)) {
        return null;
      }
      long sum = 0;
      for (PartitionedFile file : files.files()) {
        sum += file.length();
        piece = Math.max(piece, file.start() > 0 ? file.length() : 0);
      }
      bytes.add(sum);
    }
    if (bytes.isEmpty()) {
      return null;
    }
    int slices = bytes.size() >= enough ? 1 : number(bytes, piece, cores);
    return slices == 0 ? null : sliced(rows, slices);
  }

  /** Whether it reads files, computes columns and does nothing else, the same each time. */
  private static boolean isScan(LogicalPlan plan) {
    LogicalPlan below = plan;
    while (below instanceof Project project) {
      below = project.child();
    }
    return below instanceof LogicalRelation && plan.deterministic();
  }

  /**
   * How often to read each partition; 0: no number up to {@link #MOST} is enough.
   *
   * @param piece bytes of the largest piece that was cut off a file; 0: none was. Row groups stay
   *     whole, so what a partition truly has may be that far from its bytes: then none is taken for
   *     a task.
   */
  static int number(List<Long> bytes, long piece, int cores) {
    double all = bytes.stream().mapToLong(b -> b).sum();
    for (int slices = piece > (SLACK - 1) * all / cores ? 2 : 1; slices <= MOST; slices++) {
      if (longest(bytes, slices, cores) <= SLACK * all / cores) {
        return slices;
      }
    }
    return 0;
  }

  /** What the busiest core reads, where each takes the next task when it has ended one. */
  private static double longest(List<Long> bytes, int slices, int cores) {
    double[] busy = new double[cores];
    for (int slice = 0; slice < slices; slice++) {
      for (long partition : bytes) {
        int free = 0;
        for (int c = 1; c < cores; c++) {
          free = busy[c] < busy[free] ? c : free;
        }
        busy[free] += (double) partition / slices;
      }
    }
    return Arrays.stream(busy).max().orElse(0);
  }

  private static Dataset<Row> sliced(Dataset<Row> rows, int slices) {
    if (slices == 1) {
      return rows;
    }
    Dataset<Row> all = rows.filter(isIn(0, slices));
    for (int slice = 1; slice < slices; slice++) {
      all = all.union(rows.filter(isIn(slice, slices)));
    }
    return all;
  }

  private static Column isIn(int slice, int slices) {
    return pmod(xxhash64(col("id")), lit((long) slices)).equalTo(lit((long) slice));
  }
}
