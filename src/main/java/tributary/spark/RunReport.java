package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Row;
import tributary.config.JobConfig;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.read.Digest;
import tributary.read.Rejected;
import tributary.write.RunManifest;

/** What is told of a run. On the driver. */
final class RunReport {
  private final JobConfig config;
  private final Map<String, String> effective;
  private final Prepared prepared;
  private final Model model;
  private final Timings timings;
  private final Metrics metrics;

  /**
   * @param effective every effective configuration key
   */
  RunReport(
      JobConfig config,
      Map<String, String> effective,
      Prepared prepared,
      Timings timings,
      Metrics metrics) {
    this.config = config;
    this.effective = effective;
    this.prepared = prepared;
    this.model = prepared.model();
    this.timings = timings;
    this.metrics = metrics;
  }

  /** Whether nothing that was quarantined may be found otherwise by another try. */
  boolean isSettled() {
    return metrics.passing.value() == 0;
  }

  /** Of this model and configuration. */
  String runId() {
    return runId(model, effective);
  }

  /** Equal for equal models and configurations. */
  static String runId(Model model, Map<String, String> effective) {
    Digest digest = new Digest().text(model.hash());
    new TreeMap<>(effective).forEach((k, v) -> digest.text(k).text(v));
    return digest.hex().substring(0, 16);
  }

  /**
   * The manifest.
   *
   * @param exceeded whether the error budget is
   * @param missing what {@link #missing} gave
   * @param read how the input was
   */
  RunManifest manifest(
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
        read.orElse(null),
        config.run().keepRoots()
            ? new RunManifest.Roots(metrics.rootsUsed.value(), metrics.rootsKept.value())
            : null);
  }

  /** One path that was tried in vain: most often all of them start from the wrong folder. */
  static Optional<String> missing(FusedRecords fused) {
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
