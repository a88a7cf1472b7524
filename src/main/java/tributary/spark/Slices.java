package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.xxhash64;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partition;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Hex;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The few partitions of files in tasks that keep all cores busy: each partition is read by several
 * tasks, each of which takes the rows whose ids fall into its slice. To read a row again costs a
 * fraction of what encoding it does, and of what a shuffle of its payload would. Only where every
 * reading gives a row the same id: the id is a column of the files, and {@link #requireUnchanged}
 * looks at them again. On the driver.
 *
 * @param rows all of them, in slices
 * @param readings of each row; 1: as they were
 * @param files that are read
 */
record Slices(Dataset<Row> rows, int readings, List<PartitionedFile> files) {
  /** Readings of a row at most. */
  static final int MOST = 4;

  /** How much longer the cores may take than if all were busy to the end. */
  private static final double SLACK = 1.1;

  /**
   * The rows, in as few slices as keep the cores busy; empty where only a shuffle would do: the
   * rows are no plain scan of files, or there are too few partitions.
   *
   * @param rows with a column `id`
   * @param tasks that run at once, 1 or more
   * @param enough partitions that need no slices
   */
  static Optional<Slices> of(Dataset<Row> rows, int tasks, int enough) {
    QueryExecution query = ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution();
    if (!isScan(query.optimizedPlan())
        || !(query.sparkPlan().collectLeaves().head() instanceof FileSourceScanExec scan)) {
      return Optional.empty();
    }
    List<PartitionedFile> files = new ArrayList<>();
    List<Long> bytes = new ArrayList<>();
    for (Partition partition : scan.inputRDD().partitions()) {
      if (!(partition instanceof FilePartition pieces)) {
        return Optional.empty();
      }
      List<PartitionedFile> own = Arrays.asList(pieces.files());
      files.addAll(own);
      bytes.add(own.stream().mapToLong(PartitionedFile::length).sum());
    }
    long piece =
        files.stream()
            .filter(f -> f.start() > 0)
            .mapToLong(PartitionedFile::length)
            .max()
            .orElse(0);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    int readings = bytes.size() >= enough ? 1 : number(bytes, piece, tasks);
    return readings == 0
        ? Optional.empty()
        : Optional.of(new Slices(sliced(rows, readings), readings, whole(files)));
  }

  /** One piece per file, by path. */
  private static List<PartitionedFile> whole(List<PartitionedFile> pieces) {
    SortedMap<String, PartitionedFile> files = new TreeMap<>();
    pieces.forEach(piece -> files.put(piece.urlEncodedPath(), piece));
    return List.copyOf(files.values());
  }

  /**
   * After the readings: a file that changed between them may have lost rows, or doubled them.
   *
   * @throws IllegalStateException if one did
   */
  void requireUnchanged() {
    files.forEach(Slices::requireUnchanged);
  }

  private static void requireUnchanged(PartitionedFile file) {
    Path path = file.toPath();
    try {
      FileStatus now = FileSystems.of(path, SparkHadoopUtil.get().conf()).getFileStatus(path);
      if (now.getLen() == file.fileSize() && now.getModificationTime() == file.modificationTime()) {
        return;
      }
    } catch (FileNotFoundException gone) {
      // Told below, as any other change.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException(
        "Cannot account for every record: " + path + " changed while it was read");
  }

  /**
   * Whether it reads files, or some of their rows, and computes columns, with an id that is a
   * column of the files.
   */
  private static boolean isScan(LogicalPlan plan) {
    if (plan instanceof LogicalRelation) {
      return true;
    }
    return plan instanceof Project project
        && (project.child() instanceof LogicalRelation
            || project.child() instanceof Filter f && f.child() instanceof LogicalRelation)
        && plan.deterministic()
        && CollectionConverters.asJava(project.projectList()).stream()
            .filter(column -> column.name().equals("id"))
            .allMatch(Slices::isColumn);
  }

  /** Whether it is one, as {@link RecordKeys#id} has it. */
  private static boolean isColumn(NamedExpression column) {
    Expression value = column instanceof Alias alias ? alias.child() : (Expression) column;
    return !value.exists(e -> !isPlain(e));
  }

  private static boolean isPlain(Expression e) {
    return e instanceof AttributeReference
        || e instanceof Cast
        || e instanceof Hex
        || e instanceof CaseWhen
        || e instanceof If
        || e instanceof Invoke && e.children().size() == 1
        || e instanceof Literal literal && literal.value() == null;
  }

  /**
   * How often to read each partition; 0: no number up to {@link #MOST} is enough.
   *
   * @param piece bytes of the largest piece that was cut off a file; 0: none was. Row groups stay
   *     whole, so a partition of such a size may hold none: two readings at least.
   */
  static int number(List<Long> bytes, long piece, int cores) {
    double all = bytes.stream().mapToLong(b -> b).sum();
    for (int slices = cores > 1 && piece > (SLACK - 1) * all / cores ? 2 : 1;
        slices <= MOST;
        slices++) {
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
