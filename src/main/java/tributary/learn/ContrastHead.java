package tributary.learn;

import java.util.LinkedHashMap;
import java.util.Map;
import tributary.attention.Weights;
import tributary.model.Initialization;
import tributary.model.Weight;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * What embeddings go through before they are compared: two hidden layers with layer norm and ReLU,
 * then a linear layer (CoMM, Dufumier et al. 2025, has batch norm there: a record's result would
 * then depend on its batch's others). Learnt with the model, left out of what is saved for
 * embedding.
 */
final class ContrastHead implements AutoCloseable {
  /** Names of its weights begin so. */
  static final String PREFIX = "objective.head.";

  private final Weights weights;
  private final Linear first;
  private final LayerNorm firstNorm;
  private final Linear second;
  private final LayerNorm secondNorm;
  private final Linear output;

  ContrastHead(Map<String, Weight> own, Backend backend) {
    weights = Weights.learning(own, backend);
    first = weights.linear(PREFIX + "first");
    firstNorm = weights.norm(PREFIX + "first_norm");
    second = weights.linear(PREFIX + "second");
    secondNorm = weights.norm(PREFIX + "second_norm");
    output = weights.linear(PREFIX + "output");
  }

  /** Its weights at the start, by the rules for a model's. */
  static Map<String, Weight> initial(long seed, int embeddingDim, Objectives.Contrast options) {
    int hidden = options.hidden();
    Map<String, Weight> made = new LinkedHashMap<>();
    layer(made, seed, "first", hidden, embeddingDim);
    layer(made, seed, "first_norm", hidden);
    layer(made, seed, "second", hidden, hidden);
    layer(made, seed, "second_norm", hidden);
    layer(made, seed, "output", options.dim(), hidden);
    return made;
  }

  private static void layer(Map<String, Weight> to, long seed, String name, long... shape) {
    String weight = PREFIX + name + ".weight";
    String bias = PREFIX + name + ".bias";
    to.put(weight, Initialization.weight(weight, shape, seed));
    to.put(bias, Initialization.weight(bias, new long[] {shape[0]}, seed));
  }

  Weights weights() {
    return weights;
  }

  /** Embeddings [n, 1, D] give [n, 1, dim]. */
  Tensor apply(Scope scope, Tensor embeddings) {
    Tensor x = scope.normalize(scope.linear(embeddings, first, Activation.NONE), firstNorm);
    Tensor y =
        scope.normalize(
            scope.linear(scope.activate(x, Activation.RELU), second, Activation.NONE), secondNorm);
    return scope.linear(scope.activate(y, Activation.RELU), output, Activation.NONE);
  }

  @Override
  public void close() {
    weights.close();
  }
}
