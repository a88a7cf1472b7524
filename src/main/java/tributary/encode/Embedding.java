package tributary.encode;

import java.util.ArrayList;
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
   * Codes of groups, one after the other.
   *
   * @param groups their tokens
   * @param positions [1, n, E] where all groups have n tokens at the same offsets, else a row for
   *     each token
   * @return [1, tokens of all groups, E]
   */
  public Tensor apply(Scope scope, List<Leaf> groups, Tensor positions) {
    int n = groups.stream().mapToInt(Leaf::count).sum();
    int sets = n / positions.shape().rows();
    Tensor codes;
    if (ids()) {
      int[] ids = new int[n];
      int at = 0;
      for (Leaf group : groups) {
        group.ids(ids, at);
        at += group.count();
      }
      codes = apply(scope, ids, sets, positions);
    } else {
      List<Scope.Piece> pieces = new ArrayList<>();
      groups.forEach(group -> group.pieces(pieces));
      Shape shape = new Shape(sets, n / sets, spec.channels());
      codes = scope.linearPlus(scope.upload(shape, pieces), linear, positions);
    }
    return scope.reshape(codes, Shape.matrix(n, codes.shape().channels()));
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
