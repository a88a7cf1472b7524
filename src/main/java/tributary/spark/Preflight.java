package tributary.spark;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.Model;
import tributary.tensor.nd4j.Backends;

/**
 * What can be known before any executor starts: schema, sizes, memory arithmetic, native library,
 * device, model hash, places to write. All is checked and reported together, whatever is found on
 * the way. On the driver.
 */
public final class Preflight {
  private static final System.Logger LOG = System.getLogger("tributary");

  private final List<String> report;
  private final List<String> warnings;
  private final Problems problems;
  private final Optional<Prepared> prepared;

  private Preflight(PreflightChecks checks, Optional<Prepared> prepared) {
    this.report = checks.report();
    this.warnings = checks.warnings();
    this.problems = checks.problems();
    this.prepared = prepared;
  }

  /**
   * Before there is a session: refuses what a cluster need not be asked for, and has the libraries
   * of a run on this machine's CPU load while Spark starts. What fails in loading {@link #check}
   * will meet again.
   *
   * @throws Problems.Refused for places of a job on a cluster
   */
  public static void ahead(JobConfig config) {
    SparkConf conf = new SparkConf();
    if (!Cluster.local(conf)) {
      Ahead.check(config, SparkHadoopUtil.get().newConfiguration(conf)).refuse();
    }
    if (Backends.hasCuda()) {
      return;
    }
    Thread loading = new Thread(() -> load(config, conf), "tributary-kernels");
    loading.setDaemon(true);
    loading.start();
  }

  /** What is wrong is told where the job is checked. */
  private static void load(JobConfig config, SparkConf conf) {
    try {
      Cluster.ahead(config, conf).ifPresent(Backends::open);
    } catch (RuntimeException | LinkageError e) {
      LOG.log(System.Logger.Level.DEBUG, "Kernels not loaded ahead", e);
    }
  }

  /** Checks a job; the report tells all, {@link #refuse} throws what is wrong. */
  public static Preflight check(JobConfig config, SparkSession spark) {
    return check(config, spark, null);
  }

  /**
   * Checks a job over a given table.
   *
   * @param given null for config.input
   */
  static Preflight check(JobConfig config, SparkSession spark, @Nullable Dataset<Row> given) {
    return check(config, spark, given, true);
  }

  /** Checks what a job reads with; what it would write is left out, for nothing is written. */
  static Preflight reading(JobConfig config, SparkSession spark) {
    return check(config, spark, null, false);
  }

  private static Preflight check(
      JobConfig config, SparkSession spark, @Nullable Dataset<Row> given, boolean writes) {
    if (Stream.of(config.input().format(), config.output().format(), config.quarantine().format())
        .anyMatch("iceberg"::equalsIgnoreCase)) {
      IcebergTable.openPaths(spark);
    }
    PreflightChecks checks = new PreflightChecks(config, spark);
    if (!checks.schemes(writes)) {
      return new Preflight(checks, Optional.empty());
    }
    Optional<Model> model = checks.model();
    Optional<Prepared.Device> device = checks.device(model);
    Optional<InputChecks.Checked> input = checks.input(given, model);
    checks.memory(model);
    checks.isolation();
    if (writes) {
      checks.places();
    }
    Problems problems = checks.problems();
    Optional<Prepared> prepared =
        model
            .filter(m -> problems.none())
            .flatMap(
                m ->
                    device.flatMap(
                        d -> input.map(i -> new Prepared(m, d, InputFrame.of(config, i)))));
    if (writes && problems.none()) {
      prepared.ifPresent(p -> checks.columns(p.frame().keepSchema()));
    }
    return new Preflight(checks, prepared.filter(p -> problems.none()));
  }

  /** What was found, a line each. */
  public List<String> report() {
    return report;
  }

  /** What a person should look at before the run, which may go on all the same. */
  public List<String> warnings() {
    return warnings;
  }

  /** What is wrong; empty where the job may run. */
  public List<String> problems() {
    return problems.all();
  }

  /** Throws {@link Problems.Refused} with all that is wrong. */
  public void refuse() {
    problems.refuse();
  }

  /**
   * What the job needs of what was opened.
   *
   * @throws Problems.Refused with all that is wrong
   */
  Prepared prepared() {
    return prepared.orElseThrow(() -> new Problems.Refused(problems()));
  }
}
