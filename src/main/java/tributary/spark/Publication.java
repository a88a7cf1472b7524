package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.read.Digest;
import tributary.read.Rejected;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * What the steps left, to the tables and the manifest that users see: quarantine first, the output
 * only within the error budget, the manifest last. On the driver.
 */
final class Publication {
  private final JobConfig config;
  private final Map<String, String> effective;
  private final SparkSession spark;
  private final Prepared prepared;
  private final Model model;
  private final Timings timings;
  private final Metrics metrics;

  /**
   * @param effective every effective configuration key
   */
  Publication(
      JobConfig config,
      Map<String, String> effective,
      SparkSession spark,
      Prepared prepared,
      Timings timings,
      Metrics metrics) {
    this.config = config;
    this.effective = effective;
    this.spark = spark;
    this.prepared = prepared;
    this.model = prepared.model();
    this.timings = timings;
    this.metrics = metrics;
  }

  /**
   * Every record of the input, through.
   *
   * @param rows staged
   * @param totals counted from them
   * @param spread records whose groups were spread over the tasks
   * @param unchanged records that were not encoded, for their row is in the output; none where it
   *     was not looked at
   */
  record Fused(
      Dataset<Row> rows,
      Results.Totals totals,
      Census census,
      long spread,
      Optional<Unchanged> unchanged) {
    /** All of them encoded, or quarantined. */
    Fused(Dataset<Row> rows, Results.Totals totals, Census census, long spread) {
      this(rows, totals, census, spread, Optional.empty());
    }
  }

  /**
   * Records whose row is in the output.
   *
   * @param rows id, input_hash and keep
   */
  record Unchanged(Dataset<Row> rows, long number) {}

  /**
   * Writes all, nothing before the account is exact.
   *
   * @throws IllegalStateException if it is not
   * @throws BudgetExceeded where too many records were quarantined, after their table and the
   *     manifest are written
   */
  RunManifest publish(Fused fused) {
    long start = System.nanoTime();
    String runId = runId();
    Results.Totals totals = fused.totals();
    RunManifest.Counts counts = counts(fused);
    boolean exceeded = counts.quarantined() > config.errors().maxFraction() * counts.in();
    Sinks.quarantine(fused.rows(), runId, config.quarantine());
    if (!exceeded) {
      output(fused, runId);
    }
    timings.since("write", start);
    RunManifest manifest = manifest(runId, exceeded, counts, totals, missing(fused));
    Sinks.text(spark, config.manifest(), manifest.json());
    if (exceeded) {
      throw new BudgetExceeded(manifest, config.errors().maxFraction(), config.quarantine().path());
    }
    return manifest;
  }

  /**
   * The account.
   *
   * @throws IllegalStateException if it does not add up
   */
  private static RunManifest.Counts counts(Fused fused) {
    Results.Totals totals = fused.totals();
    return new RunManifest.Counts(
        fused.census().rows(),
        fused.census().records(),
        totals.done(),
        fused.unchanged().map(Unchanged::number).orElse(0L),
        totals.quarantined(),
        fused.spread(),
        totals.reasons());
  }

  /** Writes the output table. */
  private void output(Fused fused, String runId) {
    JobConfig.Sink sink = config.output();
    Dataset<Row> fresh =
        Results.output(
            fused.rows(), prepared.modelHash(), prepared.recipeHash(), runId, config.keep());
    Optional<Dataset<Row>> there =
        sink.mode() == JobConfig.Sink.Mode.MERGE
            ? Existing.table(spark, sink, fresh.schema())
            : Optional.empty();
    if (there.isEmpty()) {
      Sinks.write(fresh, sink, Sinks.mode(sink));
      return;
    }
    Dataset<Row> quarantined = fused.rows().filter(Staged.Kind.QUARANTINED.holds()).select("id");
    Dataset<Row> merged =
        new MergedTable(there.get(), fresh, prepared.modelHash(), prepared.recipeHash())
            .merged(fused.unchanged().orElseThrow().rows(), quarantined, sink.deletes());
    replace(merged, sink);
  }

  /** Beside the table that is read for it, then in its place. */
  private void replace(Dataset<Row> table, JobConfig.Sink sink) {
    String beside = sink.path() + ".merged";
    Sinks.write(
        table,
        new JobConfig.Sink(sink.format(), beside, sink.mode(), sink.options()),
        SaveMode.Overwrite);
    try {
      Path path = new Path(sink.path());
      FileSystem fs = FileSystems.of(path, spark.sparkContext().hadoopConfiguration());
      fs.delete(path, true);
      if (!fs.rename(new Path(beside), path)) {
        throw new IOException("its name is taken");
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write " + sink.path() + ": " + e.getMessage(), e);
    }
  }

  /** Equal for equal models and configurations. */
  private String runId() {
    Digest digest = new Digest().text(model.hash());
    new TreeMap<>(effective).forEach((k, v) -> digest.text(k).text(v));
    return digest.hex().substring(0, 16);
  }

  private RunManifest manifest(
      String runId,
      boolean exceeded,
      RunManifest.Counts counts,
      Results.Totals totals,
      Optional<String> missing) {
    timings.seconds("task.total", metrics.taskNanos.value() / 1e9);
    timings.seconds("task.input", metrics.inputNanos.value() / 1e9);
    timings.seconds("task.tokenize", metrics.readNanos.value() / 1e9);
    timings.seconds("task.kernels", metrics.kernelNanos.value() / 1e9);
    return new RunManifest(
        runId,
        exceeded ? "budget-exceeded" : "done",
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
        warnings(totals.leftOut(), missing));
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
            .filter(col("reason").equalTo(reason))
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
