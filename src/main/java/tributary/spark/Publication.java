package tributary.spark;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.spark.publish.Point;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * What the steps left, to the tables and the manifest that users see: all is staged, read back and
 * compared, then published at once; the output only within the error budget. A format that is no
 * folder of files is written in its place when the rest is staged. On the driver.
 */
final class Publication {
  private final JobConfig config;
  private final SparkSession spark;
  private final Prepared prepared;
  private final Timings timings;
  private final Turn turn;
  private final Optional<TableCommit> commit;
  private final StagedTables tables;
  private final RunReport report;
  private boolean written;

  /**
   * @param commit by which the output gets its rows; none where its format has none
   */
  Publication(
      JobConfig config,
      SparkSession spark,
      Prepared prepared,
      Timings timings,
      Turn turn,
      StagedTables tables,
      RunReport report,
      Optional<TableCommit> commit) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.timings = timings;
    this.turn = turn;
    this.commit = commit;
    this.tables = tables;
    this.report = report;
  }

  /** Whether some of it may be seen: to write it once more could double it. */
  boolean isOut() {
    return written || turn.counts();
  }

  /**
   * Writes all, nothing before the account is exact.
   *
   * @throws IllegalStateException if it is not, or if what was written is not what was computed
   * @throws BudgetExceeded where too many records were quarantined, after their table and the
   *     manifest are published
   */
  RunManifest publish(FusedRecords fused) {
    Point.ENCODED.reached();
    long start = System.nanoTime();
    tables.sinks().clear();
    String runId = report.runId();
    Results.Totals totals = fused.totals();
    RunManifest.Counts counts = counts(fused);
    boolean exceeded = counts.quarantined() > config.errors().maxFraction() * counts.in();
    if (!exceeded) {
      tables.output(fused, runId);
      Point.OUTPUT_STAGED.reached();
    }
    tables.quarantine(fused, runId);
    Point.QUARANTINE_STAGED.reached();
    Optional<String> missing = RunReport.missing(fused);
    if (!exceeded && commit.isPresent()) {
      turn.intend(
          tables.sinks(),
          report.manifest(runId, false, counts, totals, missing, reading(fused, "")));
      commit(fused, runId, commit.get());
      Point.COMMITTED.reached();
    } else if (!exceeded && !Sinks.isFolder(config.output())) {
      direct(fused, runId);
    }
    timings.since("write", start);
    RunManifest manifest =
        report.manifest(runId, exceeded, counts, totals, missing, reading(fused, left(exceeded)));
    Optional<VersionedInput> noted =
        prepared.frame().version().filter(v -> !exceeded && !v.memory().isEmpty());
    noted.ifPresent(v -> turn.remember(v.version(), v.memory()));
    turn.publish(tables.sinks(), manifest);
    noted.ifPresent(v -> turn.forgetOthers(v.version()));
    if (exceeded) {
      throw new BudgetExceeded(manifest, config.errors().maxFraction(), config.quarantine().path());
    }
    return manifest;
  }

  /**
   * Tells of a run that found what the one before had found: its tables stay as they are.
   *
   * @param last the run before
   */
  RunManifest nothingNew(RunManifest last) {
    RunManifest.Counts then = last.counts();
    RunManifest.Counts counts =
        new RunManifest.Counts(
            then.rows(),
            then.in(),
            0,
            then.out() + then.unchanged(),
            then.quarantined(),
            0,
            then.reasons());
    MetricsSource.counted(counts.in(), counts.unchanged(), counts.quarantined());
    Results.Totals totals = Results.Totals.ofHash(Long.parseUnsignedLong(last.inputHash(), 16));
    Optional<RunManifest.Read> read =
        new ChangeReading(config, spark, prepared)
            .read(
                Optional.ofNullable(last.read()).map(RunManifest.Read::version), left(false), true);
    RunManifest manifest =
        report.manifest(report.runId(), false, counts, totals, Optional.empty(), read);
    turn.publish(tables.sinks(), manifest);
    return manifest;
  }

  /**
   * The account.
   *
   * @throws Damage.RowsMissing if it does not add up
   */
  private static RunManifest.Counts counts(FusedRecords fused) {
    Results.Totals totals = fused.totals();
    try {
      return new RunManifest.Counts(
          fused.census().rows(),
          fused.census().records(),
          totals.done(),
          fused.known(),
          totals.quarantined(),
          fused.spread(),
          totals.reasons());
    } catch (IllegalStateException e) {
      throw new Damage.RowsMissing(String.valueOf(e.getMessage()));
    }
  }

  /** The output's own commit. */
  private void commit(FusedRecords fused, String runId, TableCommit into) {
    Dataset<Row> fresh = tables.fresh(fused, runId);
    Optional<MergedTable> both = tables.both(fresh);
    into.write(fresh, both, tables.merged(fused, fresh, both), runId);
  }

  /** Writes to a place that is no folder: what is there is what its own writer makes of it. */
  private void direct(FusedRecords fused, String runId) {
    turn.requireHeld();
    written = true;
    Dataset<Row> fresh = tables.fresh(fused, runId);
    Optional<JdbcTable> database = JdbcTable.of(spark, config.output());
    if (database.isPresent()) {
      database.get().write(fresh, Sinks.mode(config.output()), runId);
    } else {
      Sinks.write(fresh, config.output(), Sinks.mode(config.output()));
    }
  }

  private Optional<RunManifest.Read> reading(FusedRecords fused, String left) {
    return new ChangeReading(config, spark, prepared)
        .read(fused.untouched().map(FusedRecords.Untouched::since), left, report.isSettled());
  }

  /** What the tables are when they are published; empty where the input has no versions. */
  private String left(boolean exceeded) {
    return exceeded || prepared.frame().version().isEmpty()
        ? ""
        : new ChangeReading(config, spark, prepared)
            .left(tables.place(config.output()), tables.place(config.quarantine()));
  }
}
