package tributary.spark.learn;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.learn.AdamSettings;
import tributary.learn.LearningSettings;
import tributary.learn.ModalityDropout;
import tributary.learn.Objectives;
import tributary.learn.RunIdentity;
import tributary.learn.Schedule;
import tributary.learn.VisibleTokens;
import tributary.model.Model;
import tributary.tensor.nd4j.Kernels;

/** The section learn of a job as what learns takes it. On the driver. */
final class PretrainSettings {
  private PretrainSettings() {}

  /**
   * All that decides the weights beside model, data and order.
   *
   * @param modalities what the table has of each
   * @param classes that the label column names, where they are learnt; otherwise none
   * @param steps of the whole run
   */
  static LearningSettings of(
      LearnConfig learn, Map<String, ModalityCount> modalities, List<String> classes, long steps) {
    LearnConfig.Optimiser o = learn.optimiser();
    float rate = (float) o.rate();
    Schedule schedule =
        new Schedule(
            Schedule.form(o.schedule()),
            rate,
            steps,
            o.schedule().equals("cosine") ? Math.min(o.warmUp(), steps - 1) : 0,
            o.schedule().equals("constant") ? rate : (float) (o.floor() * o.rate()));
    return new LearningSettings(
        learn.seed(),
        objectives(learn, modalities, classes),
        o.name(),
        new AdamSettings(o.beta1(), o.beta2(), o.epsilon(), o.weightDecay()),
        schedule,
        o.clip() == 0 ? Double.POSITIVE_INFINITY : o.clip(),
        learn.recompute(),
        learn.positionsFrozen() ? List.of("position.") : List.of());
  }

  /** The classes to learn; null where none are asked for. */
  static @Nullable RunClasses classes(LearnConfig learn, TrainingTable table) {
    String label = learn.label();
    if (learn.objectives().classification() == 0 || label == null) {
      return null;
    }
    TrainingTable.Classes classes = table.classes(label);
    return new RunClasses(label, classes.names(), classes.content());
  }

  /** What decides the weights: all keys of the section but those of tasks and folders. */
  static RunIdentity identity(
      Loaded job, Model model, TrainingTable table, @Nullable RunClasses classes, long steps) {
    LearnConfig learn = job.learn();
    Map<String, String> keys = new TreeMap<>(job.effective());
    keys.keySet()
        .removeIf(
            k ->
                !k.startsWith("learn.")
                    || k.startsWith("learn.checkpoints.")
                    || List.of(
                            "learn.tasks",
                            "learn.recompute",
                            RunClasses.KEY,
                            "learn.epochs",
                            "learn.keep-decoder")
                        .contains(k));
    keys.put("learn.steps", Long.toString(steps));
    if (classes != null) {
      keys.put(RunClasses.KEY, classes.told());
    }
    keys.put("kernels", job.config().kernels());
    String order =
        table.records() + " records, " + table.heldOut() + " held out, content " + table.content();
    return RunIdentity.of(model.hash(), learn.seed(), order, keys);
  }

  /**
   * As many tasks as run at once: a power of two, at most the shards.
   *
   * @param parallelism tasks that Spark runs at once
   */
  static int tasks(LearnConfig learn, int parallelism) {
    return learn.tasks() > 0
        ? learn.tasks()
        : Integer.highestOneBit(Math.max(1, Math.min(parallelism, learn.shards())));
  }

  /** What computes in each task. */
  static Kernels kernels(JobConfig config) {
    return Kernels.of(config.kernels().equals("auto") ? "cpu" : config.kernels())
        .in(config.precision())
        .on(Math.max(1, config.run().threads()));
  }

  private static Objectives objectives(
      LearnConfig learn, Map<String, ModalityCount> modalities, List<String> classes) {
    LearnConfig.Masked m = learn.masked();
    LearnConfig.Contrast c = learn.contrast();
    return new Objectives(
        learn.objectives().masked(),
        learn.objectives().fusedContrastive(),
        learn.objectives().modalitiesContrastive(),
        learn.objectives().classification(),
        new Objectives.Masking(new VisibleTokens(m.visible(), m.alpha(), m.run()), m.normalize()),
        new Objectives.Contrast(
            c.temperature(),
            new Objectives.Shown(c.from(), c.to(), c.jitter()),
            c.hidden(),
            c.dim()),
        labels(learn, classes),
        dropout(learn.dropout(), modalities),
        learn.tokensPerRecord());
  }

  private static Objectives.Labels labels(LearnConfig learn, List<String> classes) {
    String label = learn.label();
    if (label == null || classes.isEmpty()) {
      return Objectives.Labels.NONE;
    }
    LearnConfig.Classification c = learn.classification();
    return new Objectives.Labels(
        label, classes, new Objectives.Shown(c.from(), c.to(), c.jitter()), c.smoothing());
  }

  private static ModalityDropout dropout(
      LearnConfig.Dropout d, Map<String, ModalityCount> modalities) {
    Map<String, Double> lengths = new TreeMap<>(); // tokens per record that has the modality
    modalities.forEach(
        (name, count) -> lengths.put(name, (double) count.tokens() / Math.max(1, count.records())));
    Map<String, Double> probabilities =
        new TreeMap<>(ModalityDropout.byLength(lengths, d.longest(), d.others()).probabilities());
    probabilities.putAll(d.named()); // PretrainChecks has refused names that are none
    return ModalityDropout.of(probabilities);
  }
}
