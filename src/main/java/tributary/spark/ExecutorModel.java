package tributary.spark;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import tributary.encode.Encoder;
import tributary.merge.NodeBytes;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.models.ModelConfigs;
import tributary.record.Recipe;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;

/**
 * The model of a run in this JVM: one, whatever the number of tasks, keyed by its hash and backend
 * (one per GPU); made by the first task that asks, shared by the rest. A model that no task holds
 * is closed when another one is asked for.
 */
final class ExecutorModel {
  private static final Map<Key, ExecutorModel> OPEN = new HashMap<>();

  /** What the jobs of a driver have open whose tasks run in its own JVM, by hash. */
  private static final Map<String, List<WeakReference<Model>>> DRIVERS = new HashMap<>();

  /**
   * @param backend by identity: equal kernels have the same one
   * @param encoders what made the encoder
   */
  private record Key(String modelHash, Backend backend, String encoders) {}

  private final Backend backend;
  private final Encoder encoder;
  private final ModelConfig config;
  private final NodeBytes nodes;
  private int holders;

  private ExecutorModel(Model model, Backend backend, EncoderSource encoders) {
    this.backend = backend;
    this.encoder = encoders.of(model, backend);
    this.config = model.config();
    this.nodes = new NodeBytes(model.hash());
  }

  /** The JVM's model, held until the calling task ends. */
  static Held forTask(TaskPlan plan) {
    TaskContext task = TaskContext.get();
    Held held = acquire(plan, Backends.open(plan.kernels().at(Gpus.address(task))));
    task.addTaskCompletionListener((TaskCompletionListener) ended -> held.release());
    return held;
  }

  private static Held acquire(TaskPlan plan, Backend backend) {
    Key key = new Key(plan.modelHash(), backend, plan.encoders().key());
    synchronized (OPEN) {
      ExecutorModel model = OPEN.get(key);
      if (model == null) {
        OPEN.values().removeIf(ExecutorModel::closedIfIdle);
        model = load(plan, backend);
        OPEN.put(key, model);
      }
      model.holders++;
      return new Held(model, plan);
    }
  }

  private boolean closedIfIdle() {
    if (holders == 0) {
      encoder.close();
      return true;
    }
    return false;
  }

  /**
   * On a driver whose tasks run in its JVM: they take its model as long as the caller keeps it,
   * with nothing written, read and hashed again.
   *
   * @return the name of the file of weights: none
   */
  static String share(Model model) {
    synchronized (DRIVERS) {
      DRIVERS.values().forEach(jobs -> jobs.removeIf(open -> open.get() == null));
      DRIVERS.values().removeIf(List::isEmpty);
      DRIVERS
          .computeIfAbsent(model.hash(), hash -> new ArrayList<>())
          .add(new WeakReference<>(model));
    }
    return "";
  }

  private static ExecutorModel load(TaskPlan plan, Backend backend) {
    Model model = plan.weightsFile().isEmpty() ? drivers(plan.modelHash()) : shipped(plan);
    return new ExecutorModel(model, backend, plan.encoders());
  }

  private static Model drivers(String hash) {
    synchronized (DRIVERS) {
      for (WeakReference<Model> open : DRIVERS.getOrDefault(hash, List.of())) {
        Model model = open.get();
        if (model != null) {
          return model;
        }
      }
    }
    throw new IllegalStateException(
        "Cannot use model " + hash + ": no job of this JVM has it open");
  }

  private static Model shipped(TaskPlan plan) {
    Model model =
        ModelFiles.load(
            ModelConfigs.stored(plan.modelConfig(), "the shipped model"),
            Path.of(SparkFiles.get(plan.weightsFile())));
    if (!model.hash().equals(plan.modelHash())) {
      throw new IllegalStateException(
          "Cannot use the shipped model: hash "
              + model.hash()
              + " (expected "
              + plan.modelHash()
              + ")");
    }
    return model;
  }

  /** One task's hold on the model, with what the plan adds to it. */
  static final class Held {
    private final ExecutorModel model;
    private final Recipe recipe;
    private final Cells cells;
    private boolean released;

    private Held(ExecutorModel model, TaskPlan plan) {
      this.model = model;
      this.recipe = plan.reading().recipe(model.config, model.encoder.subsequenceTokens());
      this.cells = new Cells(plan.reading().columns());
    }

    Encoder encoder() {
      return model.encoder;
    }

    NodeBytes nodes() {
      return model.nodes;
    }

    Recipe recipe() {
      return recipe;
    }

    Cells cells() {
      return cells;
    }

    /** Peak of native memory in this JVM, bytes. */
    long nativePeak() {
      return model.backend.nativeUse().peak();
    }

    private void release() {
      synchronized (OPEN) {
        if (!released) {
          released = true;
          model.holders--;
        }
      }
    }
  }
}
