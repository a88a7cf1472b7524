package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.spark.publish.Point;

/**
 * The tables of a run, written beside their places, read back and compared; what stays as it is in
 * a table is not written again. On the driver.
 */
final class StagedTables {
  private static final long FEW = 10_000;

  private final JobConfig config;
  private final SparkSession spark;
  private final Prepared prepared;
  private final Timings timings;
  private final Turn turn;
  private final List<JobConfig.Sink> staged = new ArrayList<>();

  StagedTables(
      JobConfig config, SparkSession spark, Prepared prepared, Timings timings, Turn turn) {
    this.config = config;
    this.spark = spark;
    this.prepared = prepared;
    this.timings = timings;
    this.turn = turn;
  }

  /** Those that are to be moved to their places. */
  List<JobConfig.Sink> sinks() {
    return staged;
  }

  /** Where a sink's table is until then. */
  String place(JobConfig.Sink sink) {
    return staged.contains(sink) ? turn.staged(sink).path() : sink.path();
  }

  /** Stages the output table. */
  void output(FusedRecords fused, String runId) {
    JobConfig.Sink sink = config.output();
    if (!Sinks.isFolder(sink)) {
      return;
    }
    Dataset<Row> fresh = fresh(fused, runId);
    Optional<MergedTable> both = both(fresh);
    boolean merges = sink.mode() == JobConfig.Sink.Mode.MERGE;
    if (both.isPresent() && !merges && !both.get().sameColumns()) {
      // Files of two schemas are no table for readers that look at one of them.
      long there = both.get().there().count();
      requireRows(sink, stage(both.get().appended(), sink, false), there + fused.totals().done());
      return;
    }
    if (merges && both.isPresent()) {
      merge(fused, both.get());
      return;
    }
    boolean appends = sink.mode() == JobConfig.Sink.Mode.APPEND;
    long rows = stage(fresh, sink, appends);
    // In mode merge a table of which records were known may have gone since.
    requireRows(sink, rows, fused.totals().done() + (merges ? fused.known() : 0));
  }

  /** Stages what the output is to be; nothing where it is that already. */
  private void merge(FusedRecords fused, MergedTable both) {
    JobConfig.Sink sink = config.output();
    FusedRecords.Unchanged unchanged = fused.unchanged().orElseThrow();
    long done = fused.totals().done();
    Dataset<Row> quarantined = quarantined(fused);
    Optional<FusedRecords.Standing> standing =
        unchanged.standing().filter(FusedRecords.Standing::distinct);
    if (isWhole(fused, both)
        && both.sameOrder()
        && (done == 0 || !Carry.isScattered(spark, sink.path()))) {
      if (done == 0) {
        long known = fused.known();
        requireRows(sink, both.there().count(), known);
      } else {
        requireRows(sink, stage(few(both.fresh(), done), sink, true), done);
      }
      return;
    }
    long rows = stage(whole(fused, both), sink, false);
    long left =
        standing
            .map(s -> both.leftOf(s.rows(), unchanged.number(), quarantined, deletes(fused)))
            .orElseGet(() -> both.left(unchanged.rows(), quarantined, deletes(fused)));
    // The untouched ones are among those that are left.
    long known = fused.known() - fused.untouched().map(FusedRecords.Untouched::number).orElse(0L);
    requireRows(sink, rows, done + known + left);
  }

  /** Whether every row of the output stays as it is. */
  private static boolean isWhole(FusedRecords fused, MergedTable both) {
    FusedRecords.Unchanged unchanged = fused.unchanged().orElseThrow();
    if (fused.untouched().isEmpty()) {
      return unchanged.isWhole();
    }
    long known = fused.known();
    return unchanged
        .standing()
        .map(s -> s.isOf(known))
        .orElseGet(() -> unchanged.number() == 0 && both.there().count() == known);
  }

  /** The whole table, merged. */
  private Dataset<Row> whole(FusedRecords fused, MergedTable both) {
    FusedRecords.Unchanged unchanged = fused.unchanged().orElseThrow();
    Deletes deletes = deletes(fused);
    MergedTable few =
        new MergedTable(
            both.there(),
            few(both.fresh(), fused.totals().done()),
            both.modelHash(),
            both.recipeHash());
    return unchanged.standing().filter(FusedRecords.Standing::distinct).isPresent()
        ? few.replaced(unchanged.rows(), quarantined(fused), deletes)
        : few.merged(unchanged.rows(), quarantined(fused), deletes);
  }

  /** A handful of rows is one file, not one per task. */
  private static Dataset<Row> few(Dataset<Row> rows, long number) {
    return number <= FEW ? rows.repartition(1) : rows;
  }

  /**
   * Of what was staged.
   *
   * @throws Damage.RowsMissing if rows are missing, or too many: of a block that is cut Spark reads
   *     what is left
   */
  private static void requireRows(JobConfig.Sink sink, long written, long wanted) {
    if (written != wanted) {
      throw new Damage.RowsMissing(
          "Cannot publish %s: %d rows were written of %d records"
              .formatted(sink.path(), written, wanted));
    }
  }

  /** The rows that the run made. */
  Dataset<Row> fresh(FusedRecords fused, String runId) {
    return Results.output(
        fused.rows(), prepared.modelHash(), prepared.recipeHash(), runId, config.keep());
  }

  /** The output before the run with them; none where it is not looked at, or not there. */
  Optional<MergedTable> both(Dataset<Row> fresh) {
    return Existing.isAddedTo(config.output())
        ? Existing.table(spark, config.output(), fresh.schema())
            .map(t -> new MergedTable(t, fresh, prepared.modelHash(), prepared.recipeHash()))
        : Optional.empty();
  }

  /** What is written: in mode merge the whole table. */
  Dataset<Row> merged(FusedRecords fused, Dataset<Row> fresh, Optional<MergedTable> both) {
    return config.output().mode() != JobConfig.Sink.Mode.MERGE || both.isEmpty()
        ? fresh
        : whole(fused, both.get());
  }

  /** What becomes of rows that are not spoken of: of records that were not read they stay. */
  private Deletes deletes(FusedRecords fused) {
    return fused.untouched().isPresent() ? Deletes.KEEP : config.output().deletes();
  }

  /** Id and reason of quarantined records, and of those that are gone, where they are removed. */
  private Dataset<Row> quarantined(FusedRecords fused) {
    Dataset<Row> quarantined =
        fused.rows().filter(Staged.Kind.QUARANTINED.holds()).select("id", "reason");
    return fused
        .untouched()
        .filter(u -> config.output().deletes() == Deletes.REMOVE)
        .map(u -> quarantined.union(u.gone().select(col("id"), lit("GONE"))))
        .orElse(quarantined);
  }

  /** Stages the quarantine, or writes it where its format is no folder of files. */
  void quarantine(FusedRecords fused, String runId) {
    JobConfig.Sink sink = config.quarantine();
    Dataset<Row> told = Results.quarantine(fused.rows(), runId);
    if (sink.mode() == JobConfig.Sink.Mode.APPEND) {
      requireRows(sink, told.count(), fused.totals().quarantined());
      told = Existing.untold(told, runId, sink);
    }
    if (Sinks.isFolder(sink)) {
      boolean appends = sink.mode() == JobConfig.Sink.Mode.APPEND;
      long rows = stage(told, sink, appends);
      if (!appends) {
        requireRows(sink, rows, fused.totals().quarantined());
      }
      return;
    }
    SaveMode mode = turn.directly(sink);
    Optional<TableCommit> committed = TableCommit.begin(spark, sink, turn.run(), turn.owner());
    Optional<JdbcTable> database = JdbcTable.of(spark, sink);
    if (committed.isPresent()) {
      committed.get().put(told);
    } else if (database.isPresent()) {
      database.get().write(told, mode, runId);
    } else {
      Sinks.write(told, sink, mode);
    }
  }

  /**
   * Writes a table beside its place, reads it back and compares.
   *
   * @param carries whether the files that are there stay
   * @return rows written
   */
  private long stage(Dataset<Row> table, JobConfig.Sink sink, boolean carries) {
    JobConfig.Sink aside = turn.staged(sink);
    Sinks.Written written = Sinks.write(table, aside, SaveMode.Overwrite);
    Point.WRITTEN.reached();
    long start = System.nanoTime();
    Sinks.compare(spark, aside, written);
    if (carries && Sinks.exists(spark, sink)) {
      try {
        Carry.files(spark, new Path(sink.path()), new Path(aside.path()));
      } catch (IOException e) {
        throw new IllegalStateException("Cannot stage " + sink.path() + ": " + Reason.of(e), e);
      }
    }
    timings.since("compare", start);
    staged.add(sink);
    return written.sums().rows();
  }
}
