package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.learn.Classifier;
import tributary.learn.LearningSettings;
import tributary.learn.probe.Scores;
import tributary.model.Model;
import tributary.model.ModelFiles;
import tributary.model.WeightTable;
import tributary.report.History;
import tributary.report.ReportPage;
import tributary.tensor.nd4j.Kernels;
import tributary.write.LearningManifest;

/**
 * Puts what was learnt where the job says: the run's manifest, then the folder, all of it or
 * nothing: the model, its classifier and its page. On the driver; what is held out is looked at in
 * tasks.
 *
 * @param tasks that look at it
 */
record LearntFolder(
    Loaded job,
    ModelFolder folder,
    TrainingTable table,
    LearningSettings settings,
    Kernels kernels,
    int tasks) {

  /**
   * Writes the folder.
   *
   * @param model what is published of what was learnt
   * @param account of the run
   * @return how the classes of records held out were told; null where none are learnt, or no record
   *     that is held out has one
   */
  @Nullable Scores publish(LearntModel learnt, Model model, LearningAccount account)
      throws IOException {
    Path part = folder.part();
    Path shown =
        ModelFolder.fresh(folder.checkpoints().resolve(ModelFolder.SHOWN)); // all executors see it
    try {
      ModelFiles.save(model, part);
      ModelFiles.save(learnt.whole(), shown);
      Scores scores = null;
      if (settings.objectives().classification() > 0) {
        Classifier classifier = learnt.classifier(settings, model);
        classifier.save(part);
        classifier.save(shown);
        scores = scores(shown, classifier);
      }
      History.Recorded history = History.read(folder.checkpoints().resolve(History.FILE));
      page(part, shown, learnt.whole(), history, facts(model, scores));
      manifest(account.manifest(model, history, scores)); // first: the model is the sign
      folder.publish(part);
      return scores;
    } finally {
      ModelFolder.delete(shown);
      ModelFolder.delete(part);
    }
  }

  /** Writes the manifest where the job says, whole or not at all. */
  private void manifest(LearningManifest manifest) throws IOException {
    Path file = Path.of(job.config().manifest()).toAbsolutePath();
    Path parent = Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Path part = parent.resolve("." + file.getFileName() + ".part");
    Files.writeString(part, manifest.json());
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private LearnConfig learn() {
    return job.learn();
  }

  /** What the classifier says of what is held out; null where nothing with a label is. */
  private @Nullable Scores scores(Path shown, Classifier classifier) {
    if (table.heldOut() == 0) {
      return null;
    }
    HeldOutClasses all =
        new HeldOutClasses(
            shown.toAbsolutePath().toString(),
            classifier.model(),
            settings,
            kernels,
            table.take(tasks));
    return all.scores(table.rows(tasks));
  }

  private void page(
      Path into, Path shown, Model whole, History.Recorded history, Map<String, String> facts)
      throws IOException {
    LearningPage.Showing showing =
        new LearningPage.Showing(
            shown.toAbsolutePath().toString(), settings, kernels, table.take(tasks));
    LearningPage.write(
        into.resolve(ReportPage.FILE),
        "Learning " + folder.folder().getFileName(),
        facts,
        history,
        table.rows(tasks),
        showing,
        whole.config().modalities(),
        learn().label());
  }

  /** What the page says of the run, in its order. */
  private Map<String, String> facts(Model model, @Nullable Scores scores) {
    Map<String, String> facts = new LinkedHashMap<>();
    long parameters = WeightTable.of(model.config()).parameters();
    facts.put("model", job.config().output().path() + ", hash " + model.hash());
    facts.put("parameters", String.format(Locale.ROOT, "%,d", parameters));
    facts.put("records", table.records() + " learnt from, " + table.heldOut() + " held out");
    facts.put("steps", settings.schedule().steps() + " of " + learn().batch() + " records");
    facts.put("seeds", learn().seed() + ", weights at the start: " + job.config().model().seed());
    facts.put("objectives", told("learn.objectives."));
    facts.put("optimiser", told("learn.optimiser."));
    if (settings.objectives().contrasts()) {
      facts.put("views", told("learn.contrast."));
    }
    facts.put("dropout", told("learn.dropout."));
    if (settings.objectives().classification() > 0) {
      facts.put("classification", told("learn.classification."));
    }
    if (scores != null) {
      facts.put("classes of " + learn().label(), scores.told() + " of the records held out");
    }
    if (learn().objectives().masked() > 0) {
      facts.put("masking", told("learn.masked."));
    }
    return facts;
  }

  /** The keys below a prefix as the job has them. */
  private String told(String prefix) {
    return job.effective().entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .map(e -> e.getKey().substring(prefix.length()) + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }
}
