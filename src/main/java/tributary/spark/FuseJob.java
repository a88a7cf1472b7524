package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.model.Model;
import tributary.model.ModelJson;
import tributary.model.WeightTable;
import tributary.read.Digest;
import tributary.tensor.Precision;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * The fuse job: input rows to one embedding a record. On the driver.
 *
 * <pre>
 * rows -> EncodeRecords -> done, quarantined
 *                       -> pieces of long records -> [shuffle] EncodePieces -> nodes -> [shuffle by id] MergeRecords -> done
 * </pre>
 *
 * An encoder of several passes (perceiver) goes over the pieces once a pass: AttendPieces in the
 * place of EncodePieces, with a copy of the record's latents in each partition that holds some of
 * it; MergeRecords then gives the latents for the next pass.
 *
 * <p>What EncodeRecords gives is kept on the executors' disks, since two tables and the counts come
 * from it; a lost block is computed anew, to the same bits. Nothing is written before every record
 * is accounted for.
 */
public final class FuseJob {
  private static final System.Logger LOG = System.getLogger("tributary");

  private final JobConfig config;
  private final SparkSession spark;
  private final Preflight preflight;
  private final Model model;
  private final Metrics metrics;
  private final EncoderSource encoders;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final List<Dataset<Row>> kept = new ArrayList<>();
  private final String startedAt = Instant.now().toString();
  private final Map<String, String> effective;

  private FuseJob(
      JobConfig config,
      Map<String, String> effective,
      SparkSession spark,
      Preflight preflight,
      EncoderSource encoders) {
    this.config = config;
    this.encoders = encoders;
    this.effective = effective;
    this.spark = spark;
    this.preflight = preflight;
    this.model = preflight.model();
    this.metrics = new Metrics(spark.sparkContext());
  }

  /**
   * Runs the job.
   *
   * @param effective every effective configuration key, for the manifest
   * @throws tributary.config.Problems.Refused before the run, for what can be known then
   * @throws BudgetExceeded after it, where too many records were quarantined
   */
  public static RunManifest run(
      JobConfig config, Map<String, String> effective, SparkSession spark) {
    return run(config, effective, spark, null, new EncoderSource.Own());
  }

  /** The same with another encoder of the same model: to compare with. */
  public static RunManifest run(
      JobConfig config, Map<String, String> effective, SparkSession spark, EncoderSource encoders) {
    return run(config, effective, spark, null, encoders);
  }

  /** The same over a given table instead of config.input. */
  public static RunManifest run(
      JobConfig config,
      Map<String, String> effective,
      SparkSession spark,
      @Nullable Dataset<Row> table) {
    return run(config, effective, spark, table, new EncoderSource.Own());
  }

  private static RunManifest run(
      JobConfig config,
      Map<String, String> effective,
      SparkSession spark,
      @Nullable Dataset<Row> table,
      EncoderSource encoders) {
    long start = System.nanoTime();
    settings(spark);
    Preflight preflight = Preflight.check(config, spark, table);
    preflight.refuse();
    preflight.report().forEach(line -> LOG.log(System.Logger.Level.INFO, line));
    FuseJob job = new FuseJob(config, effective, spark, preflight, encoders);
    job.seconds.put("preflight", since(start));
    if (job.model.random()) {
      LOG.log(System.Logger.Level.WARNING, RANDOM + " (" + job.model.origin() + ")");
    }
    try {
      return job.fuse();
    } finally {
      job.kept.forEach(d -> d.unpersist(false));
    }
  }

  /** Settings of Spark that records of any length need, where the user gave none. */
  private static void settings(SparkSession spark) {
    SparkConf given = spark.sparkContext().getConf();
    Map.of(
            // A columnar batch holds this many rows whole: 4096 rows of 1 MB each are no batch.
            "spark.sql.parquet.columnarReaderBatchSize", "64",
            "spark.sql.orc.columnarReaderBatchSize", "64",
            // A small table of paths to large files is worth more than one task.
            "spark.sql.files.openCostInBytes", "65536")
        .forEach(
            (key, value) -> {
              if (!given.contains(key)) {
                spark.conf().set(key, value);
              }
            });
  }

  private static final String RANDOM =
      "The model has RANDOM weights: its embeddings carry no learned meaning";

  private RunManifest fuse() {
    long start = System.nanoTime();
    Dataset<Row> input = preflight.frame().projected();
    Census census = Census.take(input.select("id"), config.part() != null);
    if (census.duplicateIds() > 0
        && config.errors().duplicates() == JobConfig.Errors.Duplicates.FAIL) {
      throw new tributary.config.Problems.Refused(
          List.of(
              "Invalid input: "
                  + census.duplicateIds()
                  + " ids stand more than once (errors.duplicates: fail), such as "
                  + Census.duplicates(input.select("id")).first().getString(0)));
    }
    seconds.put("census", since(start));
    TaskPlan plan = plan();
    Dataset<Row> staged;
    Results.Totals totals;
    long step = System.nanoTime();
    try (Progress progress = new Progress(spark, metrics, census.records(), System.err)) {
      staged = keep(map(arranged(marked(input, census)), new EncodeRecords(plan, metrics)));
      totals = Results.count(staged);
    }
    seconds.put("encode", since(step));
    long spread = totals.headers();
    if (spread > 0) {
      step = System.nanoTime();
      SpreadRecords records = new SpreadRecords(plan, metrics, partitions(), this::map, this::keep);
      Dataset<Row> merged = keep(records.finished(staged, model.config().passes()));
      totals = totals.plus(Results.count(merged));
      staged = staged.union(merged);
      seconds.put("spread", since(step));
    }
    return publish(staged, totals, census, spread);
  }

  private TaskPlan plan() {
    String weights = ModelShipment.add(spark, model);
    return new TaskPlan(
        model.hash(),
        ModelJson.canonical(model.config()),
        weights,
        encoders,
        preflight.kernels(),
        Precision.named(config.precision()),
        Preflight.threads(config, spark),
        Preflight.gpuTasks(spark),
        preflight.frame().columns(),
        config.id(),
        config.part() == null ? "" : config.part(),
        config.run().batchBytes(),
        config.run().spreadTokens());
  }

  /** Sets the duplicate flag; costs a join only where there are any. */
  private Dataset<Row> marked(Dataset<Row> input, Census census) {
    if (census.duplicateIds() == 0) {
      return input;
    }
    Dataset<Row> duplicates =
        Census.duplicates(input.select("id")).withColumnRenamed("id", "duplicate_id");
    if (census.duplicateIds() < 100_000) {
      duplicates = broadcast(duplicates);
    }
    return input
        .join(duplicates, col("id").equalTo(col("duplicate_id")), "left")
        .withColumn("duplicate", col("duplicate_id").isNotNull())
        .drop("duplicate_id");
  }

  /**
   * Parts of one record together and in order; else enough partitions for all cores. By id, since
   * Spark sorts what it deals out in turns, and holds all of it for that.
   */
  private Dataset<Row> arranged(Dataset<Row> input) {
    int partitions = partitions();
    if (config.part() != null) {
      return input.repartition(partitions, col("id")).sortWithinPartitions("id", "part");
    }
    boolean few = input.rdd().getNumPartitions() < partitions;
    return config.run().partitions() > 0 || few ? input.repartition(partitions, col("id")) : input;
  }

  private int partitions() {
    return config.run().partitions() > 0
        ? config.run().partitions()
        : 3 * spark.sparkContext().defaultParallelism();
  }

  private Dataset<Row> map(
      Dataset<Row> rows, org.apache.spark.api.java.function.MapPartitionsFunction<Row, Row> step) {
    return rows.mapPartitions(step, Encoders.row(Staged.schema(preflight.frame().keepSchema())));
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    Dataset<Row> persisted = rows.persist(StorageLevel.DISK_ONLY());
    kept.add(persisted);
    return persisted;
  }

  private RunManifest publish(
      Dataset<Row> staged, Results.Totals totals, Census census, long spread) {
    long start = System.nanoTime();
    String runId = runId();
    boolean exceeded = totals.quarantined() > config.errors().maxFraction() * census.records();
    Sinks.write(Results.quarantine(staged, runId), config.quarantine(), mode(config.quarantine()));
    long written = 0;
    long unchanged = 0;
    if (!exceeded) {
      Dataset<Row> table = Results.output(staged, weights(), runId, config.keep());
      if (config.output().mode() == JobConfig.Sink.Mode.APPEND) {
        Dataset<Row> fresh = Existing.without(spark, table, config.output());
        unchanged = totals.done() - fresh.count();
        table = fresh;
      }
      Sinks.write(table, config.output(), mode(config.output()));
      written = totals.done() - unchanged;
    }
    seconds.put("write", since(start));
    RunManifest.Counts counts =
        exceeded
            ? new RunManifest.Counts(
                census.rows(),
                totals.done() + totals.quarantined(),
                totals.done(),
                0,
                totals.quarantined(),
                spread,
                totals.reasons())
            : new RunManifest.Counts(
                census.rows(),
                census.records(),
                written,
                unchanged,
                totals.quarantined(),
                spread,
                totals.reasons());
    RunManifest manifest = manifest(runId, exceeded, counts, totals);
    Sinks.text(spark, config.manifest(), manifest.json());
    if (exceeded) {
      throw new BudgetExceeded(manifest, config.errors().maxFraction(), config.quarantine().path());
    }
    return manifest;
  }

  /** What a row's embedding was made with: the model's hash, and the precision if not float32. */
  private String weights() {
    Precision precision = Precision.named(config.precision());
    return precision == Precision.FLOAT32 ? model.hash() : model.hash() + "-" + precision;
  }

  private static SaveMode mode(JobConfig.Sink sink) {
    return switch (sink.mode()) {
      case ERROR -> SaveMode.ErrorIfExists;
      case OVERWRITE -> SaveMode.Overwrite;
      case APPEND -> SaveMode.Append;
    };
  }

  /** The same for the same model and configuration. */
  private String runId() {
    Digest digest = new Digest().text(model.hash());
    new TreeMap<>(effective).forEach((k, v) -> digest.text(k).text(v));
    return digest.hex().substring(0, 16);
  }

  private RunManifest manifest(
      String runId, boolean exceeded, RunManifest.Counts counts, Results.Totals totals) {
    seconds.put("task.total", metrics.taskNanos.value() / 1e9);
    seconds.put("task.input", metrics.inputNanos.value() / 1e9);
    seconds.put("task.tokenize", metrics.readNanos.value() / 1e9);
    seconds.put("task.kernels", metrics.kernelNanos.value() / 1e9);
    Map<String, Long> leftOut = totals.leftOut();
    List<String> warnings = new ArrayList<>();
    if (model.random()) {
      warnings.add(RANDOM + " (" + model.origin() + ")");
    }
    leftOut.forEach(
        (m, n) ->
            warnings.add(
                n
                    + " tokens of "
                    + m
                    + " left out by modalities."
                    + m
                    + ".max-tokens or the length that the model fixes; the rows are marked in left_out"));
    long parameters = WeightTable.of(model.config()).parameters();
    return new RunManifest(
        runId,
        exceeded ? "budget-exceeded" : "done",
        startedAt,
        effective,
        new RunManifest.ModelInfo(
            model.config().encoder(),
            model.hash(),
            model.origin(),
            parameters,
            model.config().embeddingDim()),
        String.format("%016x", totals.hash()),
        Versions.all(),
        preflight.kernelsDescription(),
        counts,
        totals.tokens(),
        leftOut,
        model.config().paddingWaste(totals.tokens(), counts.out()),
        seconds,
        metrics.nativePeak.value(),
        warnings);
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
