package tributary.learn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tributary.attention.Weights;
import tributary.model.Initialization;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * A linear layer from embeddings to logits of classes, learnt with the model. The embedding is the
 * model's one output, so what tells classes apart is in it afterwards; {@link Classifier} is the
 * layer without a tape.
 */
final class ClassHead implements AutoCloseable {
  /** Names of its weights begin so. */
  private static final String NAME = "objective.classes";

  private final Weights weights;
  private final Linear layer;

  ClassHead(Map<String, Weight> own, Backend backend) {
    weights = Weights.learning(own, backend);
    layer = weights.linear(NAME);
  }

  /** Its weights at the start, by the rules for a model's. */
  static Map<String, Weight> initial(long seed, int embeddingDim, int classes) {
    Map<String, Weight> made = new LinkedHashMap<>();
    String weight = NAME + ".weight";
    String bias = NAME + ".bias";
    made.put(weight, Initialization.weight(weight, new long[] {classes, embeddingDim}, seed));
    made.put(bias, Initialization.weight(bias, new long[] {classes}, seed));
    return made;
  }

  /**
   * The layer as it has been learnt.
   *
   * @param all with its weights among them
   */
  static Classifier classifier(
      Map<String, Weight> all, String model, String label, List<String> classes) {
    return new Classifier(
        model,
        label,
        classes,
        Objects.requireNonNull(all.get(NAME + ".weight")),
        Objects.requireNonNull(all.get(NAME + ".bias")));
  }

  Weights weights() {
    return weights;
  }

  /** Embeddings [n, 1, D] give logits [n, 1, classes]. */
  Tensor apply(Scope scope, Tensor embeddings) {
    return scope.linear(embeddings, layer, Activation.NONE);
  }

  @Override
  public void close() {
    weights.close();
  }
}
