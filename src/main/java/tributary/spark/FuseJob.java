package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.Model;
import tributary.model.ModelJson;
import tributary.spark.publish.Lease;
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
  private final Optional<Checkpoint> checkpoint;
  private final Optional<Roots> roots;

  private FuseJob(
      JobConfig config,
      SparkSession spark,
      Prepared prepared,
      EncoderSource encoders,
      Optional<Checkpoint> checkpoint,
      Optional<Roots> roots) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.encoders = encoders;
    this.metrics = new Metrics(spark.sparkContext());
    this.checkpoint = checkpoint;
    this.roots = roots;
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
    FuseJob job =
        new FuseJob(
            config,
            spark,
            prepared,
            encoders,
            Checkpoint.of(config, spark, prepared),
            Roots.of(config, spark, prepared));
    job.timings.since("preflight", start);
    try (Turn turn = Turn.take(config, spark, Lease.Pace.USUAL)) {
      return job.run(turn, effective);
    }
  }

  /**
   * Encodes some records of a job's input, and writes nothing.
   *
   * @param ids few
   * @return what was staged of them
   */
  static List<Row> some(JobConfig config, SparkSession spark, Prepared prepared, List<String> ids) {
    FirstStep.settings(spark);
    EncoderSource own = new EncoderSource.Own();
    FuseJob job = new FuseJob(config, spark, prepared, own, Optional.empty(), Optional.empty());
    try (FirstStep released = job.first) {
      Dataset<Row> input = prepared.frame().projected().filter(col("id").isin(ids.toArray()));
      TaskPlan plan = job.plan();
      return job.encoded(new EncodeRecords(plan, job.metrics), plan, input, null)
          .rows()
          .collectAsList();
    }
  }

  private RunManifest run(Turn turn, Map<String, String> effective) {
    try {
      Optional<RunManifest> finished = turn.recover();
      String runId = RunReport.runId(prepared.model(), effective);
      if (config.output().mode() == JobConfig.Sink.Mode.ERROR
          && finished.filter(m -> m.runId().equals(runId)).isPresent()) {
        // The job is done; another try could only be refused.
        checkpoint.ifPresent(Checkpoint::remove);
        return ended(finished.get());
      }
      turn.requireFree(spark);
      Optional<RunManifest> last =
          new ChangeReading(config, spark, prepared).nothingNew(turn, runId);
      if (last.isPresent()) {
        LOG.log(
            System.Logger.Level.INFO,
            "Nothing has changed since the run before: neither input, output, model nor configuration");
        RunManifest manifest =
            publication(turn, effective, Optional.empty()).nothingNew(last.get());
        checkpoint.ifPresent(Checkpoint::remove);
        return manifest;
      }
      Optional<TableCommit> commit =
          TableCommit.begin(spark, config.output(), turn.run(), turn.owner());
      commit.ifPresent(c -> c.requireColumns(wanted()));
      RunReport.random(prepared.model())
          .ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
      try (FirstStep released = first) {
        RunManifest manifest = made(turn, publication(turn, effective, commit));
        checkpoint.ifPresent(Checkpoint::remove);
        roots.ifPresent(Roots::tidy);
        return manifest;
      }
    } catch (BudgetExceeded | Problems.Refused e) {
      throw e;
    } catch (Exception | Error e) {
      // Spark throws checked exceptions that no method declares.
      turn.failed(e);
      throw e;
    }
  }

  private Publication publication(
      Turn turn, Map<String, String> effective, Optional<TableCommit> commit) {
    return new Publication(
        config,
        spark,
        prepared,
        timings,
        turn,
        new StagedTables(config, spark, prepared, timings, turn),
        new RunReport(config, effective, prepared, timings, metrics),
        commit);
  }

  /** As the run ended that was finished. */
  private RunManifest ended(RunManifest finished) {
    if (!finished.status().equals(RunManifest.DONE)) {
      throw new BudgetExceeded(finished, config.errors().maxFraction(), config.quarantine().path());
    }
    return finished;
  }

  /** Once more where a disk gave back something else than it was given: all is computed anew. */
  private RunManifest made(Turn turn, Publication publication) {
    try {
      return publication.publish(told(fuse(turn)));
    } catch (BudgetExceeded | Problems.Refused e) {
      throw e;
    } catch (Exception e) {
      if (publication.isOut() || !Damage.isCauseOf(e)) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, Damage.ROW + "; everything is computed anew");
      first.close();
      return publication.publish(told(fuse(turn)));
    }
  }

  private FusedRecords fuse(Turn turn) {
    TaskPlan plan = plan();
    return new Incremental(config, spark, prepared, first, checkpoint, metrics, timings)
        .fuse(
            turn,
            plan.reading(),
            (known, input, counted) ->
                encoded(new EncodeRecords(plan, metrics, known), plan, input, counted));
  }

  /** Tells the counters, and what the checkpoint cost and had wrong. */
  private FusedRecords told(FusedRecords fused) {
    MetricsSource.counted(
        fused.census().records(),
        fused.totals().done() + fused.known(),
        fused.totals().quarantined());
    if (metrics.rootsWrong.value() + metrics.rootsFailures.value() > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} roots could not be read and were computed anew, {1} tasks could not keep theirs",
          metrics.rootsWrong.value(),
          metrics.rootsFailures.value());
    }
    if (checkpoint.isEmpty()) {
      return fused;
    }
    timings.seconds("task.checkpoint", metrics.checkpointNanos.value() / 1e9);
    if (metrics.checkpointWrong.value() > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} records or portions of the checkpoint were cut or changed, and were passed over",
          metrics.checkpointWrong.value());
    }
    if (metrics.checkpointFailures.value() > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} portions of the checkpoint could not be written: a run that starts again would encode their records anew",
          metrics.checkpointFailures.value());
    }
    return fused;
  }

  /** Columns of the run's rows. */
  private StructType wanted() {
    return Results.schema(first.none(), config.keep());
  }

  /**
   * Encodes records.
   *
   * @param input their rows
   * @param counted see {@link FirstStep#take}
   */
  private FusedRecords encoded(
      EncodeRecords step, TaskPlan plan, Dataset<Row> input, @Nullable Census counted) {
    FirstStep.Taken taken = first.take(input, counted, step.known(), step, "encode");
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
    return new FusedRecords(rows, totals, taken.census(), spread);
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
        prepared.frame().reading(config, config.run().batchBytes(), config.run().spreadTokens()),
        checkpoint.map(Checkpoint::plan).orElse(null),
        roots.map(Roots::plan).orElse(null));
  }
}
