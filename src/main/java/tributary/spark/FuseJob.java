package tributary.spark;

import static org.apache.spark.sql.functions.not;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.model.Model;
import tributary.model.ModelJson;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * The fuse job: input rows to one embedding per record. On the driver.
 *
 * <pre>
 * rows -> EncodeRecords -> done, quarantined
 *                       -> pieces of long records -> [shuffle] EncodePieces -> nodes -> [shuffle by id] MergeRecords -> done
 * </pre>
 *
 * An encoder of several passes (perceiver) goes over the pieces once per pass: AttendPieces in the
 * place of EncodePieces, with a copy of the record's latents in each partition that holds some of
 * it; MergeRecords then gives the latents for the next pass.
 *
 * <p>What EncodeRecords gives is kept on the executors' disks, since two tables and the counts come
 * from it; a lost block is computed anew, to the same bits. Nothing is written before every record
 * has been encoded or quarantined.
 */
public final class FuseJob {
  private static final System.Logger LOG = System.getLogger("tributary");

  private final JobConfig config;
  private final SparkSession spark;
  private final Prepared prepared;
  private final EncoderSource encoders;
  private final Timings timings = new Timings();
  private final Metrics metrics;
  private final StructType staged;
  private final int partitions;
  private final List<Dataset<Row>> kept = new ArrayList<>();

  private FuseJob(JobConfig config, SparkSession spark, Prepared prepared, EncoderSource encoders) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.encoders = encoders;
    this.metrics = new Metrics(spark.sparkContext());
    this.staged = Staged.schema(prepared.frame().keepSchema());
    this.partitions =
        config.run().partitions() > 0
            ? config.run().partitions()
            : 3 * spark.sparkContext().defaultParallelism();
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

  /** Runs the job with another encoder of the same model: to compare with. */
  public static RunManifest run(
      JobConfig config, Map<String, String> effective, SparkSession spark, EncoderSource encoders) {
    return run(config, effective, spark, null, encoders);
  }

  /** Runs the job over a given table instead of config.input. */
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
    Prepared prepared = preflight.prepared();
    preflight.report().forEach(line -> LOG.log(System.Logger.Level.INFO, line));
    FuseJob job = new FuseJob(config, spark, prepared, encoders);
    job.timings.since("preflight", start);
    Publication.random(prepared.model())
        .ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
    try {
      return new Publication(config, effective, spark, prepared, job.timings, job.metrics)
          .publish(job.fuse());
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

  private Publication.Fused fuse() {
    Cluster cluster = new Cluster(spark);
    int tasks = cluster.local() ? (int) cluster.tasks() : 0;
    InputRows input = new InputRows(config, prepared.frame().projected(), partitions, tasks);
    Census census = input.censusFirst() ? census(input) : null;
    TaskPlan plan = plan();
    long start = System.nanoTime();
    EncodeRecords encode = new EncodeRecords(plan, metrics);
    Dataset<Row> rows;
    Results.Totals totals;
    InputRows.Arranged arranged = input.arranged();
    long known = census == null ? 0 : census.records();
    try (Progress progress = new Progress(spark, metrics, known, arranged.shuffled(), System.err)) {
      rows = keep(map(arranged.rows(), encode));
      totals = census == null ? Results.countWithDuplicates(rows, partitions) : Results.count(rows);
    }
    arranged.requireUnchanged();
    if (census == null) {
      census = Census.of(totals);
      if (census.duplicateIds() > 0) {
        rows = keep(withoutDuplicates(rows, census, input, encode));
        totals = Results.count(rows);
      }
    }
    timings.since("encode", start);
    long spread = totals.headers();
    if (spread > 0) {
      start = System.nanoTime();
      SpreadRecords records = new SpreadRecords(plan, metrics, partitions, this::map, this::keep);
      Dataset<Row> merged = keep(records.finished(rows, prepared.model().config().passes()));
      totals = totals.plus(Results.count(merged));
      rows = rows.union(merged);
      timings.since("spread", start);
    }
    return new Publication.Fused(rows, totals, census, spread);
  }

  private Census census(InputRows input) {
    long start = System.nanoTime();
    Census census = input.census();
    timings.since("census", start);
    return census;
  }

  /**
   * Which ids occur more than once is known when all are staged: their records are taken out again,
   * and their rows, read once more, are quarantined unread.
   */
  private Dataset<Row> withoutDuplicates(
      Dataset<Row> staged, Census census, InputRows input, EncodeRecords encode) {
    long number = census.duplicateIds();
    Dataset<Row> ids =
        Census.duplicates(staged.filter(not(Staged.Kind.PIECE.holds())).select("id"));
    Dataset<Row> told =
        map(input.duplicates(ids, number), encode).filter(not(Staged.Kind.READ.holds()));
    return InputRows.others(staged, ids, number).union(told);
  }

  private TaskPlan plan() {
    Model model = prepared.model();
    String weights =
        new Cluster(spark).local() ? ExecutorModel.share(model) : ModelShipment.add(spark, model);
    return new TaskPlan(
        model.hash(),
        ModelJson.canonical(model.config()),
        weights,
        encoders,
        prepared.kernels(),
        prepared.frame().columns(),
        config.id(),
        config.part() == null ? "" : config.part(),
        config.run().batchBytes(),
        config.run().spreadTokens());
  }

  private Dataset<Row> map(Dataset<Row> rows, MapPartitionsFunction<Row, Row> step) {
    return rows.mapPartitions(step, Encoders.row(staged));
  }

  private Dataset<Row> keep(Dataset<Row> rows) {
    Dataset<Row> persisted = rows.persist(StorageLevel.DISK_ONLY());
    kept.add(persisted);
    return persisted;
  }
}
