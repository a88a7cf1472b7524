package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.read.Digest;
import tributary.read.Rejected;
import tributary.spark.publish.Point;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * What the steps left, to the tables and the manifest that users see: all is staged, read back and
 * compared, then published at once; the output only within the error budget. A format that is no
 * folder of files is written in its place when the rest is staged. On the driver.
 */
final class Publication {
  private static final long FEW = 10_000;

  private final JobConfig config;
  private final Map<String, String> effective;
  private final SparkSession spark;
  private final Prepared prepared;
  private final Model model;
  private final Timings timings;
  private final Metrics metrics;
  private final Turn turn;
  private final Optional<TableCommit> commit;
  private final List<JobConfig.Sink> staged = new ArrayList<>();
  private boolean written;

  /**
   * @param effective every effective configuration key
   * @param commit by which the output gets its rows; none where its format has none
   */
  Publication(
      JobConfig config,
      Map<String, String> effective,
      SparkSession spark,
      Prepared prepared,
      Timings timings,
      Metrics metrics,
      Turn turn,
      Optional<TableCommit> commit) {
    this.config = config;
    this.effective = effective;
    this.spark = spark;
    this.prepared = prepared;
    this.model = prepared.model();
    this.timings = timings;
    this.metrics = metrics;
    this.turn = turn;
    this.commit = commit;
  }

  /**
   * Every record of the input, through.
   *
   * @param rows staged
   * @param totals counted from them
   * @param spread records whose groups were spread over the tasks
   * @param unchanged records that were not encoded, for their row is in the output; none where it
   *     was not looked at
   * @param untouched records that were not read; none where all were
   */
  record Fused(
      Dataset<Row> rows,
      Results.Totals totals,
      Census census,
      long spread,
      Optional<Unchanged> unchanged,
      Optional<Untouched> untouched) {
    /** The whole input was read. */
    Fused(
        Dataset<Row> rows,
        Results.Totals totals,
        Census census,
        long spread,
        Optional<Unchanged> unchanged) {
      this(rows, totals, census, spread, unchanged, Optional.empty());
    }

    /** All of them encoded, or quarantined. */
    Fused(Dataset<Row> rows, Results.Totals totals, Census census, long spread) {
      this(rows, totals, census, spread, Optional.empty());
    }

    /** How many were not encoded. */
    long known() {
      return unchanged.map(Unchanged::number).orElse(0L)
          + untouched.map(Untouched::number).orElse(0L);
    }
  }

  /**
   * Records whose row is in the output.
   *
   * @param rows id, input_hash and keep
   * @param standing what the output is; none where that is not known
   */
  record Unchanged(Dataset<Row> rows, long number, Optional<Standing> standing) {
    Unchanged(Dataset<Row> rows, long number) {
      this(rows, number, Optional.empty());
    }

    /** Whether every row of the output stays as it is. */
    boolean isWhole() {
      return standing.filter(s -> s.distinct && s.rows == number && s.relabelled == 0).isPresent();
    }
  }

  /**
   * The output before the run.
   *
   * @param rows of it
   * @param distinct whether no id occurs twice in it
   * @param relabelled unchanged records whose kept columns are others there
   */
  record Standing(long rows, boolean distinct, long relabelled) {}

  /** Whether some of it may be seen: to write it once more could double it. */
  boolean isOut() {
    return written || turn.counts();
  }

  /**
   * Records that were not even read, for they are as they were in an earlier version of the input.
   *
   * @param since that version
   * @param number whose row is in the output
   * @param gone ids that the input has no more
   */
  record Untouched(String since, long number, Dataset<Row> gone) {}

  /**
   * Writes all, nothing before the account is exact.
   *
   * @throws IllegalStateException if it is not, or if what was written is not what was computed
   * @throws BudgetExceeded where too many records were quarantined, after their table and the
   *     manifest are published
   */
  RunManifest publish(Fused fused) {
    Point.ENCODED.reached();
    long start = System.nanoTime();
    staged.clear();
    String runId = runId(model, effective);
    Results.Totals totals = fused.totals();
    RunManifest.Counts counts = counts(fused);
    boolean exceeded = counts.quarantined() > config.errors().maxFraction() * counts.in();
    if (!exceeded) {
      output(fused, runId);
      Point.OUTPUT_STAGED.reached();
    }
    quarantine(fused, runId);
    Point.QUARANTINE_STAGED.reached();
    Optional<String> missing = missing(fused);
    if (!exceeded && commit.isPresent()) {
      turn.intend(staged, manifest(runId, false, counts, totals, missing, reading(fused, "")));
      commit(fused, runId, commit.get());
      Point.COMMITTED.reached();
    } else if (!exceeded && !Sinks.isFolder(config.output())) {
      direct(fused, runId);
    }
    timings.since("write", start);
    RunManifest manifest =
        manifest(runId, exceeded, counts, totals, missing, reading(fused, left(exceeded)));
    turn.publish(staged, manifest);
    if (exceeded) {
      throw new BudgetExceeded(manifest, config.errors().maxFraction(), config.quarantine().path());
    }
    return manifest;
  }

  /**
   * The account.
   *
   * @throws Damage.RowsMissing if it does not add up
   */
  private static RunManifest.Counts counts(Fused fused) {
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

  /** Stages the output table. */
  private void output(Fused fused, String runId) {
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
  private void merge(Fused fused, MergedTable both) {
    JobConfig.Sink sink = config.output();
    Unchanged unchanged = fused.unchanged().orElseThrow();
    long done = fused.totals().done();
    Dataset<Row> quarantined = quarantined(fused);
    Optional<Standing> standing = unchanged.standing().filter(Standing::distinct);
    if (unchanged.isWhole()
        && both.sameOrder()
        && (done == 0 || !Carry.isScattered(spark, sink.path()))) {
      if (done == 0) {
        requireRows(sink, both.there().count(), unchanged.number());
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
    long known = fused.known() - fused.untouched().map(Untouched::number).orElse(0L);
    requireRows(sink, rows, done + known + left);
  }

  /** The whole table, merged. */
  private Dataset<Row> whole(Fused fused, MergedTable both) {
    Unchanged unchanged = fused.unchanged().orElseThrow();
    Deletes deletes = deletes(fused);
    MergedTable few =
        new MergedTable(
            both.there(),
            few(both.fresh(), fused.totals().done()),
            both.modelHash(),
            both.recipeHash());
    return unchanged.standing().filter(Standing::distinct).isPresent()
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
  private Dataset<Row> fresh(Fused fused, String runId) {
    return Results.output(
        fused.rows(), prepared.modelHash(), prepared.recipeHash(), runId, config.keep());
  }

  /** The output before the run with them; none where it is not looked at, or not there. */
  private Optional<MergedTable> both(Dataset<Row> fresh) {
    return Existing.isAddedTo(config.output())
        ? Existing.table(spark, config.output(), fresh.schema())
            .map(t -> new MergedTable(t, fresh, prepared.modelHash(), prepared.recipeHash()))
        : Optional.empty();
  }

  /** What is written: in mode merge the whole table. */
  private Dataset<Row> merged(Fused fused, Dataset<Row> fresh, Optional<MergedTable> both) {
    return config.output().mode() != JobConfig.Sink.Mode.MERGE || both.isEmpty()
        ? fresh
        : whole(fused, both.get());
  }

  /** What becomes of rows that are not spoken of: of records that were not read they stay. */
  private Deletes deletes(Fused fused) {
    return fused.untouched().isPresent() ? Deletes.KEEP : config.output().deletes();
  }

  /** Id and reason of quarantined records, and of those that are gone, where they are removed. */
  private Dataset<Row> quarantined(Fused fused) {
    Dataset<Row> quarantined =
        fused.rows().filter(Staged.Kind.QUARANTINED.holds()).select("id", "reason");
    return fused
        .untouched()
        .filter(u -> config.output().deletes() == Deletes.REMOVE)
        .map(u -> quarantined.union(u.gone().select(col("id"), lit("GONE"))))
        .orElse(quarantined);
  }

  /** The output's own commit. */
  private void commit(Fused fused, String runId, TableCommit into) {
    Dataset<Row> fresh = fresh(fused, runId);
    Optional<MergedTable> both = both(fresh);
    into.write(fresh, both, merged(fused, fresh, both), runId);
  }

  /** Writes to a place that is no folder: what is there is what its own writer makes of it. */
  private void direct(Fused fused, String runId) {
    turn.requireHeld();
    written = true;
    Dataset<Row> fresh = fresh(fused, runId);
    Optional<JdbcTable> database = JdbcTable.of(spark, config.output());
    if (database.isPresent()) {
      database.get().write(fresh, Sinks.mode(config.output()), runId);
    } else {
      Sinks.write(fresh, config.output(), Sinks.mode(config.output()));
    }
  }

  private void quarantine(Fused fused, String runId) {
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

  private Optional<RunManifest.Read> reading(Fused fused, String left) {
    return new ChangeReading(config, spark, prepared)
        .read(fused.untouched().map(Untouched::since), left);
  }

  /** What the tables are when they are published; empty where the input has no versions. */
  private String left(boolean exceeded) {
    return exceeded || prepared.frame().version().isEmpty()
        ? ""
        : new ChangeReading(config, spark, prepared)
            .left(place(config.output()), place(config.quarantine()));
  }

  private String place(JobConfig.Sink sink) {
    return staged.contains(sink) ? turn.staged(sink).path() : sink.path();
  }

  /** Equal for equal models and configurations. */
  static String runId(Model model, Map<String, String> effective) {
    Digest digest = new Digest().text(model.hash());
    new TreeMap<>(effective).forEach((k, v) -> digest.text(k).text(v));
    return digest.hex().substring(0, 16);
  }

  private RunManifest manifest(
      String runId,
      boolean exceeded,
      RunManifest.Counts counts,
      Results.Totals totals,
      Optional<String> missing,
      Optional<RunManifest.Read> read) {
    timings.seconds("task.total", metrics.taskNanos.value() / 1e9);
    timings.seconds("task.input", metrics.inputNanos.value() / 1e9);
    timings.seconds("task.tokenize", metrics.readNanos.value() / 1e9);
    timings.seconds("task.kernels", metrics.kernelNanos.value() / 1e9);
    return new RunManifest(
        runId,
        exceeded ? RunManifest.EXCEEDED : RunManifest.DONE,
        timings.startedAt(),
        effective,
        new RunManifest.ModelInfo(
            model.config().encoder(),
            model.hash(),
            model.origin(),
            WeightTable.of(model.config()).parameters(),
            model.config().embeddingDim()),
        String.format("%016x", totals.hash()),
        Versions.all(),
        prepared.device().line(),
        counts,
        totals.tokens(),
        totals.leftOut(),
        model.config().paddingWaste(totals.tokens(), counts.out()),
        timings.seconds(),
        metrics.nativePeak.value(),
        warnings(totals.leftOut(), missing),
        read.orElse(null));
  }

  /** One path that was tried in vain: most often all of them start from the wrong folder. */
  private static Optional<String> missing(Fused fused) {
    String reason = Rejected.Reason.MISSING_FILE.name();
    Long records = fused.totals().reasons().get(reason);
    if (records == null) {
      return Optional.empty();
    }
    Row first =
        Results.quarantine(fused.rows(), "")
            // A column that is compared with a constant is taken for it in the checksum, too: see
            // keep.
            .filter((FilterFunction<Row>) row -> reason.equals(row.getAs("reason")))
            .orderBy("id")
            .select("id", "column", "detail")
            .first();
    return Optional.of(
        records
            + (records == 1 ? " record names a file" : " records name files")
            + RunManifest.UNREAD
            + "id "
            + first.get(0)
            + ", column "
            + first.get(1)
            + ": "
            + first.get(2));
  }

  private List<String> warnings(Map<String, Long> leftOut, Optional<String> missing) {
    List<String> warnings = new ArrayList<>();
    random(model).ifPresent(warnings::add);
    missing.ifPresent(warnings::add);
    leftOut.forEach(
        (m, n) ->
            warnings.add(
                n
                    + " tokens of "
                    + m
                    + " left out by modalities."
                    + m
                    + ".max-tokens or the length that the model fixes; the rows are marked in left_out"));
    return warnings;
  }

  /** What a reader of the table must know of a model that has learned nothing. */
  static Optional<String> random(Model model) {
    return model.random()
        ? Optional.of(
            "The model has RANDOM weights: its embeddings carry no learned meaning ("
                + model.origin()
                + ")")
        : Optional.empty();
  }
}
