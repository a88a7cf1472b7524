package tributary.encode;

import java.util.List;
import tributary.attention.Weights;
import tributary.model.ModalitySpec;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Tokens of one modality to their codes: embed(token) + position code. Ids are rows of a table,
 * values pass through a linear layer. JVM-wide, immutable.
 */
public final class Embedding {
  private final ModalitySpec spec;
  private final Tensor weight; // table [1, ids, E] or weight [1, E, channels]
  private final Linear linear;

  public Embedding(Weights weights, String modality, ModalitySpec spec) {
    this.spec = spec;
    String name = "embed." + modality;
    boolean ids = spec instanceof ModalitySpec.Text;
    this.weight = weights.table(name + (ids ? ".table" : ".weight"));
    this.linear = ids ? new Linear(weight, null) : weights.linear(name);
  }

  public ModalitySpec spec() {
    return spec;
  }

  public boolean ids() {
    return spec instanceof ModalitySpec.Text;
  }

  /**
   * Codes of equal groups.
   *
   * @param groups their tokens, n each
   * @param positions [1, n, E]
   * @return [g, n, E]
   */
  public Tensor apply(Scope scope, List<Leaf> groups, Tensor positions) {
    int g = groups.size();
    int n = groups.get(0).count();
    if (ids()) {
      int[] ids = new int[g * n];
      for (int i = 0; i < g; i++) {
        groups.get(i).ids(ids, i * n);
      }
      return apply(scope, ids, g, positions);
    }
    float[] values = new float[g * n * spec.channels()];
    for (int i = 0; i < g; i++) {
      groups.get(i).values(values, i * n * spec.channels(), spec.channels());
    }
    return apply(scope, values, g, positions);
  }

  /** ids [g, n]. */
  public Tensor apply(Scope scope, int[] ids, int g, Tensor positions) {
    Tensor x = scope.lookup(weight, ids);
    Shape shape = new Shape(g, ids.length / g, x.shape().channels());
    return scope.add(scope.reshape(x, shape), positions);
  }

  /** values [g, n, channels]. */
  public Tensor apply(Scope scope, float[] values, int g, Tensor positions) {
    Shape shape = new Shape(g, values.length / g / spec.channels(), spec.channels());
    return scope.linearPlus(scope.upload(shape, values, 0), linear, positions);
  }
}
