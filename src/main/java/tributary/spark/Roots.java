package tributary.spark;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.config.JobConfig;
import tributary.merge.NodeBytes;
import tributary.spark.roots.RootPlan;
import tributary.spark.roots.RootStore;

/**
 * The roots of modalities that a job keeps beside its output: of a record of which one modality has
 * changed that one alone is decoded and encoded. On the driver.
 */
final class Roots {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** So many ids fit on the driver. */
  private static final long MOST = 8_000_000;

  private final JobConfig config;
  private final SparkSession spark;
  private final String modelHash;
  private final RootStore store;

  private Roots(JobConfig config, SparkSession spark, String modelHash, RootStore store) {
    this.config = config;
    this.spark = spark;
    this.modelHash = modelHash;
    this.store = store;
  }

  /** The job's; none where it keeps none. */
  static Optional<Roots> of(JobConfig config, SparkSession spark, Prepared prepared) {
    if (!config.run().keepRoots()) {
      return Optional.empty();
    }
    try {
      Path folder = folder(config);
      FileSystem files =
          CheckpointPlan.fileSystem(folder, spark.sparkContext().hadoopConfiguration());
      RootStore store = new RootStore(files, folder, prepared.modelHash(), prepared.recipeHash());
      return Optional.of(new Roots(config, spark, prepared.modelHash(), store));
    } catch (IOException e) {
      throw new IllegalStateException("Cannot keep roots: " + Reason.of(e), e);
    }
  }

  /** Beside the output. */
  static Path folder(JobConfig config) {
    return RootStore.folder(Turn.runs(config));
  }

  /** What tasks must know. */
  RootPlan plan() {
    return store.plan(new JavaSparkContext(spark.sparkContext())::broadcast);
  }

  /**
   * After the output is there: roots that nothing will ask for go. What fails is told, and tried
   * again after the next run.
   */
  void tidy() {
    try {
      Optional<RootStore.Work> work = store.tidy(this::ids);
      if (work.isPresent() && isWritten(work.get())) {
        store.done(work.get());
      }
    } catch (Exception e) {
      // Spark throws checked exceptions that no method declares.
      LOG.log(System.Logger.Level.WARNING, "Cannot tidy the roots up: " + Reason.of(e));
    }
  }

  private boolean isWritten(RootStore.Work work) {
    if (work.into().isEmpty()) {
      return true;
    }
    RootPlan plan = new RootPlan(store.folder(), store.plan(), 0, null);
    String hash = modelHash;
    return new JavaSparkContext(spark.sparkContext())
        .parallelize(work.into(), work.into().size())
        .map(
            file -> {
              Configuration hadoop = SparkHadoopUtil.get().conf();
              FileSystem files = CheckpointPlan.fileSystem(new Path(plan.folder()), hadoop);
              return RootStore.write(file, plan, files, new NodeBytes(hash));
            })
        .reduce(Boolean::logicalAnd);
  }

  /** Digests of the output's ids, where there are fewer than could have so many roots. */
  private Optional<Set<Long>> ids(long roots) {
    Optional<Dataset<Row>> table = Existing.ids(spark, config.output());
    if (table.isEmpty()) {
      return Optional.empty();
    }
    long rows = table.get().count();
    if (rows > MOST || rows * config.modalities().size() >= roots) {
      return Optional.empty();
    }
    List<Long> digests =
        table
            .get()
            .map(
                (MapFunction<Row, Long>) row -> RootStore.digest(row.getString(0)), Encoders.LONG())
            .collectAsList();
    return Optional.of(new HashSet<>(digests));
  }
}
