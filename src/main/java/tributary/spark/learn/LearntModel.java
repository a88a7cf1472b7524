package tributary.spark.learn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tributary.learn.Checkpoint;
import tributary.learn.CheckpointFolder;
import tributary.learn.Classifier;
import tributary.learn.LearningReplica;
import tributary.learn.LearningSettings;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.model.WeightTable;

/**
 * What a run has learnt: the mean weights of its last checkpoints. On the driver.
 *
 * @param whole the model with what only learning uses
 * @param weights of the model and of the objectives' heads
 */
record LearntModel(Model whole, Map<String, Weight> weights) {
  /**
   * That of a run which has ended.
   *
   * @param start the model before the first step
   * @param average checkpoints whose mean it is
   * @throws IllegalStateException where the last checkpoint is not of the last step
   */
  static LearntModel of(
      Model start, CheckpointFolder states, LearningSettings settings, int average) {
    long steps = settings.schedule().steps();
    Optional<Checkpoint> last = states.latest();
    if (last.isEmpty() || last.get().step() != steps) {
      throw new IllegalStateException("Cannot write the model: no checkpoint of step " + steps);
    }
    Map<String, Weight> own = average == 1 ? last.get().weights() : states.average(average);
    Map<String, Weight> all = new LinkedHashMap<>(start.weights());
    all.replaceAll((name, weight) -> own.getOrDefault(name, weight));
    String origin = "learnt in " + steps + " steps, seed " + settings.seed();
    return new LearntModel(ModelFiles.model(start.config(), all, origin), own);
  }

  /** The model without what only learning uses. */
  Model embedding() {
    ModelConfig config = whole.config().withoutDecoder();
    Map<String, Weight> own = new LinkedHashMap<>();
    for (String name : WeightTable.of(config).shapes().keySet()) {
      own.put(name, whole.weight(name));
    }
    return ModelFiles.model(config, own, whole.origin());
  }

  /** What tells classes by the embeddings of a model made of these weights. */
  Classifier classifier(LearningSettings settings, Model model) {
    return LearningReplica.classifier(settings, model.hash(), weights);
  }
}
