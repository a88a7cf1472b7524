package tributary.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.codec.CodecProcesses;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.Costs;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;

/**
 * The checks of a {@link Preflight}, one by one. Each adds its lines to the report and what is
 * wrong to the problems, and gives what it had to open: nothing where that failed. On the driver.
 */
final class PreflightChecks {
  private final JobConfig config;
  private final SparkSession spark;
  private final Cluster cluster;
  private final Kernels asked;
  private final List<String> lines = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Problems problems = new Problems();

  PreflightChecks(JobConfig config, SparkSession spark) {
    this.config = config;
    this.spark = spark;
    this.cluster = new Cluster(spark);
    this.asked = cluster.kernels(config);
  }

  /** Whether every place is on a file system that is there: else there is nothing to look at. */
  boolean schemes(boolean writes) {
    Ahead.schemes(config, spark.sparkContext().hadoopConfiguration(), writes, problems);
    return problems.none();
  }

  Optional<Model> model() {
    try {
      Model opened = ModelSources.open(spark, config.model());
      opened.config().checkEncodesRecords(problems);
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
      return Optional.of(opened);
    } catch (Problems.Refused e) {
      e.problems().forEach(problems::add);
      return Optional.empty();
    }
  }

  /**
   * In a local run, what will compute is opened, proved and asked whether it has room for the
   * model's groups; so it is on a cluster without GPUs. With them, executors open it: the driver
   * may have none.
   */
  Optional<Prepared.Device> device(Optional<Model> model) {
    Optional<Prepared.Device> device =
        !cluster.local() && wantsGpus() ? ofExecutors() : ofDriver(model);
    device.ifPresent(d -> line("kernels", d.kernels().name() + d.why() + ": " + d.description()));
    return device;
  }

  private Optional<Prepared.Device> ofDriver(Optional<Model> model) {
    try {
      Backend opened = Backends.open(asked);
      model.ifPresent(m -> opened.cut(Costs.groupBytes(m.config()), 1));
      return Optional.of(
          new Prepared.Device(
              asked.named(opened.name()), Backends.choice(asked), opened.describe()));
    } catch (Problems.Refused e) {
      e.problems().forEach(problems::add);
    } catch (IllegalStateException | LinkageError e) {
      problems.invalid("kernels", asked.name(), InputTable.firstLine(e));
    }
    return Optional.empty();
  }

  /** Whether the GPUs of executors will compute, or would have to. */
  private boolean wantsGpus() {
    return asked.name().equals("cuda") || autoTakesGpus();
  }

  private boolean autoTakesGpus() {
    return asked.name().equals("auto") && Backends.hasCuda() && Gpus.requested(cluster.conf());
  }

  private Optional<Prepared.Device> ofExecutors() {
    SparkConf conf = cluster.conf();
    String problem = Gpus.problem(conf, Backends.hasCuda(), asked.precision());
    if (problem != null) {
      problems.invalid("kernels", asked.name(), problem);
      return Optional.empty();
    }
    int tasks = asked.gpuTasks();
    return Optional.of(
        new Prepared.Device(
            asked.named("cuda"),
            autoTakesGpus() ? ", for the build has it and Spark assigns GPUs" : "",
            "opened by the executors at the addresses that Spark assigns, "
                + tasks
                + (tasks == 1 ? " task" : " tasks")
                + " a GPU"));
  }

  /**
   * The input is opened whatever the model; it is compared with one that could be opened.
   *
   * @param given null for the job's own input
   */
  Optional<InputChecks.Checked> input(@Nullable Dataset<Row> given, Optional<Model> model) {
    Optional<InputTable> table =
        given != null
            ? new InputTable(given).where(config.input().where(), problems)
            : InputTable.open(spark, config.input(), problems);
    return table.flatMap(t -> model.map(m -> compared(t, m)));
  }

  private InputChecks.Checked compared(InputTable table, Model model) {
    if (config.run().keepRoots() && (config.part() != null || !model.config().hasRoots())) {
      problems.invalid(
          "run.keep-roots",
          true,
          config.part() != null
              ? "false where a record has parts"
              : "false with a model of the family "
                  + model.config().encoder()
                  + ", which sees a record whole");
    }
    InputChecks.Checked checked = InputChecks.check(spark, table, config, model.config(), problems);
    line(
        "input",
        config.input().named() + table.version().map(v -> ", version " + v.version()).orElse(""));
    changes(table);
    Map<String, InputChecks.ModalityColumn> found = new HashMap<>();
    checked.columns().forEach(c -> found.put(c.modality(), c));
    config
        .modalities()
        .forEach(
            (m, c) ->
                line(
                    "  " + m,
                    "column "
                        + c.column()
                        + (c.from() == JobConfig.Column.From.PATH ? ", a path" : "")
                        + tried(table, found.get(m))));
    if (checked.columns().stream().anyMatch(c -> CellForm.isVideo(c.form()))) {
      codecs();
    } else if (checked.columns().stream().anyMatch(c -> CellForm.isEncoded(c.form()))) {
      CodecProcesses.missing(config.codecs())
          .ifPresent(
              why ->
                  warnings.add(
                      "MP3, AAC, HEIC and others are decoded by a library of codecs, and " + why));
    }
    return checked;
  }

  /** Whether changes can be had of the input, and which ones can't be seen. */
  private void changes(InputTable table) {
    if (!config.input().changes()) {
      return;
    }
    Optional<VersionedInput> version = table.version();
    if (version.isEmpty()) {
      problems.invalid(
          "input.changes",
          true,
          "a table of Delta or Iceberg as it is now, without options that say which version is read, or a folder of files");
    }
    version
        .flatMap(VersionedInput::unready)
        .ifPresent(rule -> problems.invalid("input.changes", true, rule));
    if (config.modalities().values().stream()
        .anyMatch(c -> c.from() == JobConfig.Column.From.PATH)) {
      warnings.add(
          "input.changes sees changes of the table alone: a file that gets other content under the same path keeps its embedding");
    }
  }

  /** Video is read by a library of codecs alone: here, at least, it must start. */
  private void codecs() {
    JobConfig.Codecs limits = config.codecs();
    if (!limits.enabled()) {
      problems.invalid("codecs.enabled", false, "true where a modality is video");
      return;
    }
    try {
      line(
          "codecs",
          "%s in processes of their own: %d s and %d MiB a payload"
              .formatted(CodecProcesses.probe(limits), limits.seconds(), limits.memory()));
    } catch (IOException e) {
      problems.invalid("codecs.enabled", true, "a process that can start: " + e.getMessage());
    }
  }

  /** What came of its first paths; nothing of a column without, or where the job is refused. */
  private String tried(InputTable table, InputChecks.@Nullable ModalityColumn column) {
    if (column == null || !problems.none()) {
      return "";
    }
    Optional<FirstPaths> first = FirstPaths.of(spark, table, column);
    first
        .filter(paths -> paths.failed() > 0)
        .ifPresent(paths -> warnings.add(warning(column, paths)));
    return first.map(paths -> ": " + paths.told()).orElse("");
  }

  private String warning(InputChecks.ModalityColumn column, FirstPaths paths) {
    String base = ((CellForm.FilePath) column.form()).base();
    return "modalities."
        + column.modality()
        + ": "
        + paths.told()
        + ", such as "
        + paths.example()
        + (base.isEmpty()
            ? ""
            : "; relative paths start from "
                + base
                + " (modalities."
                + column.modality()
                + ".base)");
  }

  /**
   * A task holds a batch of tokens twice (its own and the kernels' copy) and one payload; the JVM
   * holds the weights once on each side.
   */
  void memory(Optional<Model> model) {
    long tasks = cluster.tasks();
    long batch = config.run().batchBytes();
    long weights = model.map(m -> WeightTable.of(m.config()).parameters() * Float.BYTES).orElse(0L);
    long heap = cluster.heap();
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
  void isolation() {
    String key = "spark.sql.artifact.isolation.enabled";
    if (!cluster.local() && Boolean.parseBoolean(spark.conf().get(key))) {
      problems.invalid(
          key, true, "false, or executors can't find the model: --conf " + key + "=false");
    }
  }

  /** Where the tables and the manifest go. */
  void places() {
    JobConfig.Sink output = config.output();
    JobConfig.Sink quarantine = config.quarantine();
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    boolean open = Turn.isOpen(config, hadoop);
    SinkPlaces.check(spark, "output", output, open, problems);
    boolean replaced = open || Turn.replacesQuarantine(config, hadoop);
    SinkPlaces.check(spark, "quarantine", quarantine, replaced, problems);
    ExistingChecks.checkOutput(spark, output, problems);
    ExistingChecks.checkQuarantine(spark, quarantine, problems);
    SinkPlaces.writable(spark, "manifest", config.manifest(), problems);
    String checkpoint = config.run().checkpoint();
    if (checkpoint != null) {
      SinkPlaces.writable(spark, "run.checkpoint", checkpoint, problems);
      if (SinkPlaces.isFile(spark, checkpoint)) {
        problems.invalid("run.checkpoint", checkpoint, "a folder, or nothing yet: a file is there");
      }
    }
    if (config.run().keepRoots()) {
      SinkPlaces.writable(spark, "run.keep-roots", Roots.folder(config).toString(), problems);
    }
    kept();
    String mode = output.mode().name().toLowerCase(Locale.ROOT);
    line("output", output.format() + " " + output.path() + ", mode " + mode);
    line("quarantine", quarantine.format() + " " + quarantine.path());
  }

  /**
   * That an output which is added to takes the run's rows.
   *
   * @param keep schema of the kept columns
   */
  void columns(StructType keep) {
    if (Existing.isAddedTo(config.output())) {
      Dataset<Row> none = spark.createDataFrame(List.of(), Staged.schema(keep));
      ExistingChecks.checkColumns(
          spark, config.output(), Results.schema(none, config.keep()), problems);
    }
  }

  /** Kept columns have names of their own in the output; in no case do two differ by case alone. */
  private void kept() {
    Set<String> taken = new HashSet<>(Results.COLUMNS);
    for (String name : config.keep()) {
      if (!taken.add(name.toLowerCase(Locale.ROOT))) {
        problems.invalid(
            "keep",
            name,
            "other names than the output's own, in any case, and than each other: "
                + new TreeSet<>(taken)
                + "; rename the column in the input");
      }
    }
  }

  private void line(String what, String value) {
    lines.add(String.format(Locale.ROOT, "%-12s %s", what, value));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.0f MiB", bytes / 1048576.0);
  }

  /** What was found, a line each. */
  List<String> report() {
    return List.copyOf(lines);
  }

  /** What a person should look at before the run; it may go on all the same. */
  List<String> warnings() {
    return List.copyOf(warnings);
  }

  Problems problems() {
    return problems;
  }
}
