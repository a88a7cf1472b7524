package tributary.spark.learn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfigs.Loaded;
import tributary.config.LearnConfig;
import tributary.config.Problems.Refused;
import tributary.learn.BatchOrder;
import tributary.learn.Checkpoint;
import tributary.learn.CheckpointFolder;
import tributary.learn.Learnable;
import tributary.learn.LearningSettings;
import tributary.learn.RunIdentity;
import tributary.learn.probe.Scores;
import tributary.model.Model;
import tributary.model.WeightTable;
import tributary.models.Models;
import tributary.tensor.JavaBackend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.write.RunManifest;

/**
 * The pretrain job: a model's weights from the records of a table. On the driver.
 *
 * <pre>
 * StartModel, input -> TrainingTable -> rows by shard
 *   PretrainStage  [one barrier stage] Learning: TableReplicas, CheckpointStore
 *                    | steps as they are taken: a line, history.jsonl
 *                    v
 *   LearntModel    last checkpoints -> mean weights
 *   LearntFolder     -> the folder: model, classifier, report.html; manifest (LearningAccount)
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
  private final Path checkpoints;
  private static final System.Logger LOG = System.getLogger("tributary");

  private final ModelFolder folder;
  private final int tasks;
  private final Kernels kernels;
  private final Between between;
  private final Instant startedAt = Instant.now();

  private PretrainJob(Loaded job, SparkSession spark, Consumer<String> say, Between between) {
    this.between = between;
    this.config = job.config();
    this.learn = job.learn();
    this.job = job;
    this.spark = spark;
    this.say = say;
    this.output = Path.of(config.output().path());
    this.checkpoints = Path.of(learn.checkpoints().path());
    this.folder = new ModelFolder(output, checkpoints);
    this.tasks = PretrainSettings.tasks(learn, spark.sparkContext().defaultParallelism());
    this.kernels = PretrainSettings.kernels(config);
  }

  /**
   * What a run has done.
   *
   * @param model its folder
   * @param hash of the model
   * @param parameters of the model
   * @param records learnt from
   * @param counts of the table: in = out + quarantined; out are those learnt from or held out
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
      RunManifest.Counts counts,
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
    PretrainChecks.refuseSettings(config, learn);
    LOG.log(System.Logger.Level.INFO, device());
    folder.refuse(config.output().mode() == Sink.Mode.OVERWRITE);
    Model model = StartModel.of(config, learn, spark);
    Learnable learnable = Learnable.of(model, Models::learner, new JavaBackend());
    Set<String> modalities = new TreeSet<>(model.config().modalities().keySet());
    PretrainChecks.refuseUnlearnable(learnable, modalities, learn, spark.sparkContext(), tasks);
    try (TrainingTable table = TrainingTable.read(wanted(model), spark)) {
      BatchOrder order = table.order(learn.batch());
      PretrainChecks.refuseContrastOfOne(learn, table);
      long limit = learn.tokensPerRecord();
      learnable.refuseFewer(limit, table.needed(learnable.groupTokens(), limit));
      return run(model, table, order);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write model " + output + ": " + e.getMessage(), e);
    }
  }

  /** As the report of `fuse` has it; each task opens its own, alike. */
  private String device() {
    return "kernels      " + kernels.name() + ": " + Backends.open(kernels).describe();
  }

  private TrainingTable.Wanted wanted(Model model) {
    return new TrainingTable.Wanted(
        anew(),
        model.config(),
        learn.seed(),
        learn.shards(),
        Validation.of(learn.validation()),
        learn.label() == null ? List.of() : List.of(learn.label()),
        UUID.randomUUID().toString());
  }

  private Learnt run(Model model, TrainingTable table, BatchOrder order) throws IOException {
    long steps = learn.steps() > 0 ? learn.steps() : order.steps(learn.epochs());
    RunClasses classes = PretrainSettings.classes(learn, table);
    List<String> names = classes == null ? List.of() : classes.names();
    LearningSettings settings = PretrainSettings.of(learn, table.modalities(), names, steps);
    RunIdentity identity = PretrainSettings.identity(job, model, table, classes, steps);
    try (CheckpointFolder states =
        CheckpointFolder.open(checkpoints, learn.checkpoints().keep(), identity, say)) {
      Optional<Checkpoint> latest = latest(states, classes);
      latest.map(CheckpointStore::others).filter(line -> !line.isEmpty()).ifPresent(say);
      long before = latest.map(Checkpoint::step).orElse(0L);
      folder.sweep();
      Path begun = StartModel.stored(model, checkpoints);
      PretrainStage stage =
          new PretrainStage(learn, table, order, settings, identity, kernels, tasks);
      long from = stage.run(spark, begun, before, between, say);
      LearntModel learnt = LearntModel.of(model, states, settings, learn.checkpoints().average());
      LearningAccount account =
          new LearningAccount(job, identity, model, table, settings, from, startedAt, machine());
      return publish(learnt, table, settings, account);
    }
  }

  private SortedMap<String, String> machine() {
    return LearningAccount.machine(spark.sparkContext(), kernels.name(), tasks);
  }

  private Learnt publish(
      LearntModel learnt, TrainingTable table, LearningSettings settings, LearningAccount account)
      throws IOException {
    Model model = learn.keepDecoder() ? learnt.whole() : learnt.embedding();
    LearntFolder published = new LearntFolder(job, folder, table, settings, kernels, tasks);
    Scores scores = published.publish(learnt, model, account);
    return new Learnt(
        output,
        model.hash(),
        WeightTable.of(model.config()).parameters(),
        table.records(),
        table.counts(),
        settings.schedule().steps(),
        account.from(),
        account.seconds(),
        scores);
  }

  /** The last checkpoint; another run's is refused, with the classes that differ. */
  private Optional<Checkpoint> latest(CheckpointFolder states, @Nullable RunClasses classes)
      throws IOException {
    if (classes == null) {
      return states.latest();
    }
    try {
      Optional<Checkpoint> latest = states.latest();
      classes.keep(checkpoints);
      return latest;
    } catch (Refused e) {
      throw classes.explained(e, checkpoints);
    }
  }

  /** The job; a run that goes on from a checkpoint writes its quarantine table again. */
  private JobConfig anew() {
    Sink q = config.quarantine();
    return config.quarantining(new Sink(q.format(), q.path(), Sink.Mode.OVERWRITE, q.options()));
  }
}
