package tributary.spark.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.config.Problems.Refused;
import tributary.learn.BatchOrder;
import tributary.learn.Checkpoint;
import tributary.learn.CheckpointFolder;
import tributary.learn.Classifier;
import tributary.learn.Learnable;
import tributary.learn.LearningReplica;
import tributary.learn.LearningSettings;
import tributary.learn.Measures;
import tributary.learn.RunIdentity;
import tributary.learn.probe.Scores;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.model.Positions;
import tributary.model.Weight;
import tributary.model.WeightTable;
import tributary.models.Models;
import tributary.report.History;
import tributary.report.ReportPage;
import tributary.spark.ModelSources;
import tributary.tensor.JavaBackend;
import tributary.tensor.Precision;
import tributary.tensor.nd4j.Kernels;

/**
 * The pretrain job: a model's weights from the records of a table. On the driver.
 *
 * <pre>
 * input -> TrainingTable -> rows by shard -> [one barrier stage] Learning: TableReplicas, CheckpointStore
 *                                               | steps as they are taken: a line, history.jsonl
 *                                               v
 *                              last checkpoints -> mean weights -> the model's folder, report.html
 * </pre>
 *
 * <p>A run that ended half way goes on from its last checkpoint when it is started again with the
 * same settings, and ends with the bits of an undisturbed one. The model appears whole or not at
 * all.
 */
public final class PretrainJob {
  private final JobConfig config;
  private final LearnConfig learn;
  private final Loaded job;
  private final SparkSession spark;
  private final Consumer<String> say;
  private final Path output;
  private final ModelFolder folder;
  private final Path checkpoints;
  private final Between between;

  private PretrainJob(Loaded job, SparkSession spark, Consumer<String> say, Between between) {
    this.between = between;
    this.config = job.config();
    this.learn = job.learn();
    this.job = job;
    this.spark = spark;
    this.say = say;
    this.output = Path.of(config.output().path());
    this.folder = new ModelFolder(output);
    this.checkpoints = Path.of(learn.checkpoints().path());
  }

  /**
   * What a run has done.
   *
   * @param model its folder
   * @param hash of the model
   * @param parameters of the model
   * @param records learnt from
   * @param steps of the run
   * @param from the step that this run went on from; 0 for a new one
   * @param seconds of this run
   * @param heldOut how the classes of records that are held out were told, where classes were
   *     learnt; otherwise null
   */
  public record Learnt(
      Path model,
      String hash,
      long parameters,
      long records,
      long steps,
      long from,
      double seconds,
      @Nullable Scores heldOut) {}

  /**
   * Runs the job.
   *
   * @param say takes a line of progress now and then
   * @throws Refused before the run, for what can be known then
   * @throws tributary.learn.LearningStopped where learning can't go on: the last checkpoint is kept
   */
  public static Learnt run(Loaded job, SparkSession spark, Consumer<String> say) {
    return run(job, spark, say, Between.NOTHING);
  }

  /** What is put between a run and its tasks, where something is to happen to them. */
  interface Between {
    /** Nothing. */
    Between NOTHING = new Between() {};

    default ReplicaSource.OfRows<Row> source(ReplicaSource.OfRows<Row> own) {
      return own;
    }

    default StateStore store(StateStore own) {
      return own;
    }
  }

  static Learnt run(Loaded job, SparkSession spark, Consumer<String> say, Between between) {
    return new PretrainJob(job, spark, say, between).run();
  }

  private Learnt run() {
    long start = System.nanoTime();
    refuseKernels();
    folder.refuse(config.output().mode() == Sink.Mode.OVERWRITE);
    Model model = start();
    Learnable learnable = Learnable.of(model, Models::learner, new JavaBackend());
    refuseUnlearnable(learnable);
    TrainingTable.Wanted wanted =
        new TrainingTable.Wanted(
            anew(),
            model.config(),
            learn.seed(),
            learn.shards(),
            Validation.of(learn.validation()),
            learn.label() == null ? List.of() : List.of(learn.label()),
            UUID.randomUUID().toString());
    try (TrainingTable table = TrainingTable.read(wanted, spark)) {
      BatchOrder order = table.order(learn.batch());
      refuseContrastOfOne(table);
      long limit = learn.tokensPerRecord();
      learnable.refuseFewer(limit, table.needed(learnable.groupTokens(), limit));
      long steps = learn.steps() > 0 ? learn.steps() : order.steps(learn.epochs());
      TrainingTable.Classes classes = classes(table);
      LearningSettings settings =
          PretrainSettings.of(learn, table.modalities(), classes.names(), steps);
      RunIdentity identity = identity(model, table, classes, steps);
      try (CheckpointFolder states =
          CheckpointFolder.open(checkpoints, learn.checkpoints().keep(), identity, say)) {
        long before = states.latest().map(Checkpoint::step).orElse(0L);
        Path begun = stored(model);
        long from = learn(table, order, settings, identity, steps, begun, before);
        Model whole = learnt(model, states, steps);
        Model learnt = learn.keepDecoder() ? whole : embedding(whole);
        Scores scores = publish(table, settings, states, whole, learnt);
        return new Learnt(
            output,
            learnt.hash(),
            WeightTable.of(learnt.config()).parameters(),
            table.records(),
            steps,
            from,
            (System.nanoTime() - start) * 1e-9,
            scores);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write model " + output + ": " + e.getMessage(), e);
    }
  }

  /** Puts the model, its page and its classifier where the job says. */
  private @Nullable Scores publish(
      TrainingTable table,
      LearningSettings settings,
      CheckpointFolder states,
      Model whole,
      Model learnt)
      throws IOException {
    Path part = ModelFolder.fresh(folder.parent(), ".model");
    Path shown = ModelFolder.fresh(checkpoints, ".shown"); // where all executors see it
    try {
      ModelFiles.save(learnt, part);
      ModelFiles.save(whole, shown);
      Scores scores = null;
      if (settings.objectives().classification() > 0) {
        Classifier classifier =
            LearningReplica.classifier(settings, learnt.hash(), weights(states));
        classifier.save(part);
        classifier.save(shown);
        scores = scores(table, settings, shown, classifier);
      }
      page(part, shown, table, settings, whole, learnt, scores);
      folder.publish(part);
      return scores;
    } finally {
      ModelFolder.delete(shown);
      if (Files.exists(part)) {
        ModelFolder.delete(part);
      }
    }
  }

  /** The job; a run that goes on from a checkpoint writes its quarantine table again. */
  private JobConfig anew() {
    Sink q = config.quarantine();
    return config.quarantining(new Sink(q.format(), q.path(), Sink.Mode.OVERWRITE, q.options()));
  }

  /** Gradients there are on the CPU alone, in float32. */
  private void refuseKernels() {
    List<String> problems = new ArrayList<>();
    if (config.kernels().equals("cuda")) {
      problems.add(Invalid.text("kernels", "cuda", "cpu or java to learn; auto is cpu"));
    }
    if (config.precision() != Precision.FLOAT32) {
      problems.add(Invalid.text("precision", config.precision(), "float32 to learn"));
    }
    if (!problems.isEmpty()) {
      throw new Refused(problems);
    }
  }

  /** The classes to learn; none where none are asked for. */
  private TrainingTable.Classes classes(TrainingTable table) {
    String label = learn.label();
    return learn.objectives().classification() == 0 || label == null
        ? TrainingTable.Classes.NONE
        : table.classes(label);
  }

  /** What every task would refuse, and more tasks than there is room for. */
  private void refuseUnlearnable(Learnable learnable) {
    SparkContext context = spark.sparkContext();
    List<String> problems =
        new ArrayList<>(
            LearningChecks.problems(context.getConf(), context.defaultParallelism(), tasks()));
    problems.addAll(learnable.problems(learn.objectives().masked(), learn.tokensPerRecord()));
    if (!problems.isEmpty()) {
      throw new Refused(problems);
    }
  }

  private void refuseContrastOfOne(TrainingTable table) {
    boolean contrasts =
        learn.objectives().fusedContrastive() > 0 || learn.objectives().modalitiesContrastive() > 0;
    if (contrasts && learn.batch() < 2) {
      throw new Refused(
          List.of(
              "Invalid learn.batch: "
                  + learn.batch()
                  + " (at least 2 for contrast, which tells records apart; the table has "
                  + table.records()
                  + ")"));
    }
  }

  /** The model before the first step, with position codes of another one where that is asked. */
  private Model start() {
    Model model = ModelSources.open(spark, config.model());
    String from = learn.positionsFrom();
    if (from == null) {
      return model;
    }
    Map<String, Weight> weights = new LinkedHashMap<>(model.weights());
    weights.putAll(Positions.transfer(Models.load(Path.of(from)), model.config()));
    return ModelFiles.model(model.config(), weights, model.origin() + ", positions of " + from);
  }

  /** What decides the weights: all keys of the section but those of tasks and folders. */
  private RunIdentity identity(
      Model model, TrainingTable table, TrainingTable.Classes classes, long steps) {
    Map<String, String> keys = new TreeMap<>(job.effective());
    keys.keySet()
        .removeIf(
            k ->
                !k.startsWith("learn.")
                    || k.startsWith("learn.checkpoints.")
                    || List.of(
                            "learn.tasks",
                            "learn.recompute",
                            "learn.label",
                            "learn.epochs",
                            "learn.keep-decoder")
                        .contains(k));
    keys.put("learn.steps", Long.toString(steps));
    if (!classes.names().isEmpty()) {
      String names = String.join(", ", classes.names());
      keys.put(
          "learn.label", String.format("%s: %s; %016x", learn.label(), names, classes.content()));
    }
    keys.put("kernels", config.kernels());
    String order =
        table.records() + " records, " + table.heldOut() + " held out, content " + table.content();
    return RunIdentity.of(model.hash(), learn.seed(), order, keys);
  }

  /** Puts the model where all tasks find it, once. */
  private Path stored(Model model) throws IOException {
    Path start = checkpoints.resolve("start");
    if (Files.exists(start.resolve(ModelFiles.CONFIG))) {
      if (Models.load(start).hash().equals(model.hash())) {
        return start;
      }
      ModelFolder.delete(start); // of another run, which had no checkpoint yet
    }
    Path part = ModelFolder.fresh(checkpoints, ".start");
    ModelFiles.save(model, part);
    if (Files.exists(start)) {
      throw new Refused(List.of("Cannot use folder " + start + ": it has no model"));
    }
    return Files.move(part, start, StandardCopyOption.ATOMIC_MOVE);
  }

  private long learn(
      TrainingTable table,
      BatchOrder order,
      LearningSettings settings,
      RunIdentity identity,
      long steps,
      Path begun,
      long before)
      throws IOException {
    int tasks = tasks();
    LearningPlan plan =
        new LearningPlan(
            tasks,
            learn.shards(),
            steps,
            learn.checkpoints().every(),
            learn.batch(),
            Duration.ofMinutes(10));
    TableReplicas replicas =
        new TableReplicas(
            begun.toAbsolutePath().toString(),
            settings,
            kernels(),
            table.take(tasks),
            learn.batch(),
            learn.checkpoints().every(),
            identity);
    CheckpointStore store =
        new CheckpointStore(
            checkpoints.toAbsolutePath().toString(), learn.checkpoints().keep(), identity);
    Measures measures =
        new Measures(settings.objectives(), List.copyOf(table.modalities().keySet()));
    try (History history = History.open(checkpoints.resolve(History.FILE), before)) {
      Progress progress = new Progress(plan, order, settings, measures, history, say, before);
      return Learning.run(
          spark, plan, table.rows(tasks), between.source(replicas), between.store(store), progress);
    }
  }

  /** As many as run at once: a power of two, at most the shards. */
  private int tasks() {
    if (learn.tasks() > 0) {
      return learn.tasks();
    }
    int cores = spark.sparkContext().defaultParallelism();
    return Integer.highestOneBit(Math.max(1, Math.min(cores, learn.shards())));
  }

  /** The mean weights of the last checkpoints. */
  private Map<String, Weight> weights(CheckpointFolder states) {
    int count = learn.checkpoints().average();
    return count == 1 ? states.latest().orElseThrow().weights() : states.average(count);
  }

  /** What the classifier says of what is held out; null where nothing with a label is. */
  private @Nullable Scores scores(
      TrainingTable table, LearningSettings settings, Path shown, Classifier classifier) {
    if (table.heldOut() == 0) {
      return null;
    }
    int tasks = tasks();
    HeldOutClasses all =
        new HeldOutClasses(
            shown.toAbsolutePath().toString(),
            classifier.model(),
            settings,
            kernels(),
            table.take(tasks));
    return all.scores(table.rows(tasks));
  }

  /** The model of the mean weights of the last checkpoints. */
  private Model learnt(Model start, CheckpointFolder states, long steps) {
    Optional<Checkpoint> last = states.latest();
    if (last.isEmpty() || last.get().step() != steps) {
      throw new IllegalStateException(
          "Cannot write model " + output + ": no checkpoint of step " + steps);
    }
    Map<String, Weight> all = new LinkedHashMap<>(start.weights());
    Map<String, Weight> own = weights(states);
    all.replaceAll((name, weight) -> own.getOrDefault(name, weight));
    return ModelFiles.model(
        start.config(), all, "learnt in " + steps + " steps, seed " + learn.seed());
  }

  /** The model without what only learning uses. */
  private static Model embedding(Model whole) {
    ModelConfig config = whole.config().withoutDecoder();
    Map<String, Weight> own = new LinkedHashMap<>();
    for (String name : WeightTable.of(config).shapes().keySet()) {
      own.put(name, whole.weight(name));
    }
    return ModelFiles.model(config, own, whole.origin());
  }

  private void page(
      Path into,
      Path shown,
      TrainingTable table,
      LearningSettings settings,
      Model whole,
      Model learnt,
      @Nullable Scores scores)
      throws IOException {
    int tasks = tasks();
    LearningPage.Showing showing =
        new LearningPage.Showing(
            shown.toAbsolutePath().toString(), settings, kernels(), table.take(tasks));
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", output + ", hash " + learnt.hash());
    facts.put("parameters", String.format("%,d", WeightTable.of(learnt.config()).parameters()));
    facts.put("records", table.records() + " learnt from, " + table.heldOut() + " held out");
    facts.put("steps", settings.schedule().steps() + " of " + learn.batch() + " records");
    facts.put("seeds", learn.seed() + ", weights at the start: " + config.model().seed());
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
      facts.put("classes of " + learn.label(), scores.told() + " of the records held out");
    }
    if (learn.objectives().masked() > 0) {
      facts.put("masking", told("learn.masked."));
    }
    LearningPage.write(
        into.resolve(ReportPage.FILE),
        "Learning " + output.getFileName(),
        facts,
        History.read(checkpoints.resolve(History.FILE)),
        table.rows(tasks),
        showing,
        whole.config().modalities(),
        learn.label());
  }

  /** The keys below a prefix as the job has them. */
  private String told(String prefix) {
    return job.effective().entrySet().stream()
        .filter(e -> e.getKey().startsWith(prefix))
        .map(e -> e.getKey().substring(prefix.length()) + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  private Kernels kernels() {
    return Kernels.of(config.kernels().equals("auto") ? "cpu" : config.kernels())
        .in(config.precision())
        .on(Math.max(1, config.run().threads()));
  }
}
