package tributary.spark;

import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
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
  private final FirstStep first;

  private FuseJob(JobConfig config, SparkSession spark, Prepared prepared, EncoderSource encoders) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.encoders = encoders;
    this.metrics = new Metrics(spark.sparkContext());
    this.first = new FirstStep(config, spark, prepared.frame(), metrics, timings);
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
    FirstStep.settings(spark);
    Preflight preflight = Preflight.check(config, spark, table);
    Prepared prepared = preflight.prepared();
    preflight.report().forEach(line -> LOG.log(System.Logger.Level.INFO, line));
    preflight.warnings().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
    FuseJob job = new FuseJob(config, spark, prepared, encoders);
    job.timings.since("preflight", start);
    Publication.random(prepared.model())
        .ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
    try (FirstStep released = job.first) {
      return new Publication(config, effective, spark, prepared, job.timings, job.metrics)
          .publish(job.fuse());
    }
  }

  private Publication.Fused fuse() {
    TaskPlan plan = plan();
    FirstStep.Taken taken = first.take(new EncodeRecords(plan, metrics), "encode");
    Dataset<Row> rows = taken.rows();
    Results.Totals totals = taken.totals();
    long spread = totals.headers();
    if (spread > 0) {
      long start = System.nanoTime();
      SpreadRecords records =
          new SpreadRecords(plan, metrics, first.partitions(), first::map, first::keep);
      Dataset<Row> merged = first.keep(records.finished(rows, prepared.model().config().passes()));
      totals = totals.plus(Results.count(merged));
      rows = rows.union(merged);
      timings.since("spread", start);
    }
    MetricsSource.counted(taken.census().records(), totals.done(), totals.quarantined());
    return new Publication.Fused(rows, totals, taken.census(), spread);
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
        prepared.frame().reading(config, config.run().batchBytes(), config.run().spreadTokens()));
  }
}
