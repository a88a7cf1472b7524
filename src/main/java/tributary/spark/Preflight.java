package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.tensor.Backend;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Backends;

/**
 * What can be known before any executor starts: schema, sizes, memory arithmetic, native library,
 * device, model hash, places to write. On the driver.
 */
public final class Preflight {
  private final List<String> lines = new ArrayList<>();
  private final Problems problems = new Problems();
  private @Nullable Model model;
  private String kernels = "";
  private String kernelsDescription = "";
  private @Nullable InputFrame frame;

  private Preflight() {}

  /** Checks a job; the report tells all, {@link #refuse} throws what is wrong. */
  public static Preflight check(JobConfig config, SparkSession spark) {
    return check(config, spark, null);
  }

  static Preflight check(JobConfig config, SparkSession spark, @Nullable Dataset<Row> given) {
    Preflight p = new Preflight();
    p.model(config, spark);
    p.device(config, spark);
    p.input(config, spark, given);
    p.memory(config, spark);
    p.isolation(spark);
    Sinks.check(spark, "output", config.output(), p.problems);
    Sinks.check(spark, "quarantine", config.quarantine(), p.problems);
    Sinks.writable(spark, "manifest", config.manifest(), p.problems);
    p.line(
        "output",
        config.output().format()
            + " "
            + config.output().path()
            + ", mode "
            + lower(config.output().mode()));
    p.line("quarantine", config.quarantine().format() + " " + config.quarantine().path());
    return p;
  }

  private void model(JobConfig config, SparkSession spark) {
    try {
      Model opened = ModelSources.open(spark, config.model());
      opened.config().checkEncodesRecords(problems);
      model = opened;
      line(
          "model",
          opened.config().encoder()
              + ", "
              + WeightTable.of(opened.config()).parameters()
              + " parameters, embedding of "
              + opened.config().embeddingDim());
      line("model hash", opened.hash());
      line(
          "weights",
          opened.origin()
              + (opened.random() ? ": RANDOM WEIGHTS, fit for tests and for timing only" : ""));
    } catch (Problems.Refused e) {
      e.problems().forEach(problems::add);
    }
  }

  /**
   * In a local run, what will compute is opened, proved and asked whether it has room for the
   * model's groups; so it is on a cluster without GPUs. With them, executors open it: the driver
   * may have none.
   */
  private void device(JobConfig config, SparkSession spark) {
    if (!local(spark) && onGpus(config, spark)) {
      return;
    }
    try {
      Backend opened =
          Backends.named(
              config.kernels(),
              threads(config, spark),
              Precision.named(config.precision()),
              "",
              gpuTasks(spark));
      if (model != null) {
        opened.cut(Costs.groupBytes(model.config()));
      }
      kernels(opened.name(), opened.describe());
    } catch (Problems.Refused e) {
      e.problems().forEach(problems::add);
    } catch (IllegalStateException | LinkageError e) {
      problems.invalid("kernels", config.kernels(), InputTable.firstLine(e));
    }
  }

  /** Whether the GPUs of executors will compute, or would have to. */
  private boolean onGpus(JobConfig config, SparkSession spark) {
    SparkConf conf = spark.sparkContext().getConf();
    boolean asked = config.kernels().equals("cuda");
    boolean taken = config.kernels().equals("auto") && Backends.hasCuda() && Gpus.requested(conf);
    if (!asked && !taken) {
      return false;
    }
    String problem = Gpus.problem(conf, Backends.hasCuda(), Precision.named(config.precision()));
    if (problem != null) {
      problems.invalid("kernels", config.kernels(), problem);
    } else {
      kernels(
          "cuda",
          (taken ? "auto took it, for the build has it and Spark assigns GPUs; " : "")
              + "opened by the executors at the addresses that Spark assigns, "
              + gpuTasks(spark)
              + (gpuTasks(spark) == 1 ? " task" : " tasks")
              + " a GPU");
    }
    return true;
  }

  private void kernels(String name, String description) {
    kernels = name;
    kernelsDescription = name + ": " + description;
    line("kernels", kernelsDescription);
  }

  private void input(JobConfig config, SparkSession spark, @Nullable Dataset<Row> given) {
    Optional<InputTable> table =
        given != null
            ? Optional.of(new InputTable(given))
            : InputTable.open(spark, config.input(), problems);
    if (table.isEmpty() || model == null) {
      return;
    }
    int before = problems.all().size();
    InputChecks.Checked checked =
        InputChecks.check(spark, table.get(), config, model.config(), problems);
    frame = problems.all().size() > before ? null : InputFrame.of(config, checked);
    line(
        "input",
        config.input().format()
            + " "
            + (config.input().path() == null ? "" : config.input().path()));
    config
        .modalities()
        .forEach(
            (m, c) ->
                line(
                    "  " + m,
                    "column "
                        + c.column()
                        + (c.from() == JobConfig.Column.From.PATH ? ", a path" : "")));
  }

  /**
   * A task holds a batch of tokens twice (its own and the kernels' copy) and one payload; the JVM
   * holds the weights once on each side.
   */
  private void memory(JobConfig config, SparkSession spark) {
    long tasks = Math.max(1, cores(spark));
    long batch = config.run().batchBytes();
    long weights = model == null ? 0 : WeightTable.of(model.config()).parameters() * Float.BYTES;
    long heap = heap(spark);
    long need = tasks * 2 * batch + weights;
    line(
        "memory",
        String.format(
            Locale.ROOT,
            "%d tasks x 2 x batch %s + weights %s = %s of %s heap",
            tasks,
            mib(batch),
            mib(weights),
            mib(need),
            mib(heap)));
    if (need > heap * 3 / 4) {
      problems.invalid(
          "run.batch-bytes",
          batch,
          "with "
              + tasks
              + " tasks a JVM and weights of "
              + mib(weights)
              + " it needs "
              + mib(need)
              + ", more than three quarters of the heap of "
              + mib(heap)
              + "; lower it or give executors more memory");
    }
  }

  /**
   * With isolation, tasks of other JVMs see only files of their session, never those of the
   * application: no weights.
   */
  private void isolation(SparkSession spark) {
    String key = "spark.sql.artifact.isolation.enabled";
    if (!local(spark) && Boolean.parseBoolean(spark.conf().get(key))) {
      problems.invalid(
          key, true, "false, or executors can't find the model: --conf " + key + "=false");
    }
  }

  private static long heap(SparkSession spark) {
    return local(spark)
        ? Runtime.getRuntime().maxMemory()
        : spark.sparkContext().getConf().getSizeAsBytes("spark.executor.memory", "1g");
  }

  private static boolean local(SparkSession spark) {
    String master = spark.sparkContext().master();
    return master.equals("local") || master.startsWith("local[");
  }

  /** Tasks that run at once in one JVM. */
  static long cores(SparkSession spark) {
    int cpus = Math.max(1, spark.sparkContext().getConf().getInt("spark.task.cpus", 1));
    int cores =
        local(spark)
            ? spark.sparkContext().defaultParallelism()
            : spark.sparkContext().getConf().getInt("spark.executor.cores", 1);
    return Math.max(1, cores / cpus);
  }

  /** Tasks that share a GPU: Spark's, or all of a local run, which has no resources. */
  static int gpuTasks(SparkSession spark) {
    return local(spark) ? (int) cores(spark) : Gpus.tasks(spark.sparkContext().getConf());
  }

  static int threads(JobConfig config, SparkSession spark) {
    return config.run().threads() > 0
        ? config.run().threads()
        : Math.max(1, spark.sparkContext().getConf().getInt("spark.task.cpus", 1));
  }

  private void line(String what, String value) {
    lines.add(String.format(Locale.ROOT, "%-12s %s", what, value));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / 1048576.0);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** What was found, a line each. */
  public List<String> report() {
    return List.copyOf(lines);
  }

  /** What is wrong; empty where the job may run. */
  public List<String> problems() {
    return problems.all();
  }

  /** Throws {@link Problems.Refused} with all that is wrong. */
  public void refuse() {
    problems.refuse();
  }

  Model model() {
    return java.util.Objects.requireNonNull(model);
  }

  /** Resolved: cpu, cuda or java. */
  String kernels() {
    return kernels;
  }

  /** The same with versions and device, a line for the manifest. */
  String kernelsDescription() {
    return kernelsDescription;
  }

  InputFrame frame() {
    return java.util.Objects.requireNonNull(frame);
  }
}
