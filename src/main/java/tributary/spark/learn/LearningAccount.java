package tributary.spark.learn;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;
import tributary.learn.LearningSettings;
import tributary.learn.RunIdentity;
import tributary.learn.probe.Scores;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.report.History;
import tributary.report.LearningReport;
import tributary.spark.Versions;
import tributary.write.LearningManifest;
import tributary.write.RunManifest;

/**
 * What the manifest of a run says. On the driver.
 *
 * @param start the model before the first step
 * @param from the step that this run went on from
 * @param startedAt when this run began
 * @param machine where it runs, by name
 */
record LearningAccount(
    Loaded job,
    RunIdentity identity,
    Model start,
    TrainingTable table,
    LearningSettings settings,
    long from,
    Instant startedAt,
    SortedMap<String, String> machine) {

  /** Where a run is: what its speed depends on, and its last bits. */
  static SortedMap<String, String> machine(SparkContext context, String kernels, int tasks) {
    SortedMap<String, String> machine = new TreeMap<>();
    machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("processor", System.getProperty("os.arch"));
    machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    machine.put("master", context.master());
    machine.put("tasks", Integer.toString(tasks));
    machine.put("kernels", kernels);
    return machine;
  }

  /** Since it began. */
  double seconds() {
    return Duration.between(startedAt, Instant.now()).toMillis() / 1e3;
  }

  /**
   * The manifest of a run that has ended.
   *
   * @param model what it learnt
   * @param history of the whole run
   * @param scores of the classes of records held out
   */
  LearningManifest manifest(Model model, History.Recorded history, @Nullable Scores scores) {
    RunManifest.Counts counts = table.counts();
    SortedMap<String, Long> tokens = new TreeMap<>();
    table.modalities().forEach((name, count) -> tokens.put(name, count.tokens()));
    return new LearningManifest(
        identity.hash(),
        startedAt.toString(),
        job.effective(),
        info(start),
        info(model),
        table.content(),
        Versions.all(),
        machine,
        new LearningManifest.Records(
            counts.in(), table.records(), table.heldOut(), counts.quarantined(), counts.reasons()),
        tokens,
        new LearningManifest.Steps(from, settings.schedule().steps(), job.learn().batch()),
        settings.seed(),
        seconds(),
        last(history.steps()),
        lastValidation(history.validations()),
        scores == null ? null : new LearningManifest.Told(scores.tested(), scores.accuracy()),
        table.warnings());
  }

  private static RunManifest.ModelInfo info(Model model) {
    return new RunManifest.ModelInfo(
        model.config().encoder(),
        model.hash(),
        model.origin(),
        WeightTable.of(model.config()).parameters(),
        model.config().embeddingDim());
  }

  private static LearningManifest.Means last(List<LearningReport.Step> steps) {
    if (steps.isEmpty()) {
      return new LearningManifest.Means(new TreeMap<>(), new TreeMap<>());
    }
    LearningReport.Step last = steps.get(steps.size() - 1);
    return new LearningManifest.Means(last.losses(), last.measures());
  }

  private static LearningManifest.Means lastValidation(List<LearningReport.Validation> all) {
    if (all.isEmpty()) {
      return new LearningManifest.Means(new TreeMap<>(), new TreeMap<>());
    }
    LearningReport.Validation last = all.get(all.size() - 1);
    return new LearningManifest.Means(last.losses(), last.measures());
  }
}
