package tributary.encode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.model.ModalitySpec;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Tokens of one modality to their codes: embed(token) + position code, if there is one. Ids are
 * rows of a table, values pass through a linear layer. JVM-wide, immutable.
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
   *     each token; null: nothing is added
   * @return [1, tokens of all groups, E]
   */
  public Tensor apply(Scope scope, List<Leaf> groups, @Nullable Tensor positions) {
    int n = groups.stream().mapToInt(Leaf::count).sum();
    int sets = positions == null ? sets(groups) : n / positions.shape().rows();
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
      codes = linear(scope, scope.upload(shape, pieces), positions);
    }
    return scope.reshape(codes, Shape.matrix(n, codes.shape().channels()));
  }

  /** As many sets as groups where these have equally many tokens, else one. */
  private static int sets(List<Leaf> groups) {
    int first = groups.get(0).count();
    return groups.stream().allMatch(g -> g.count() == first) ? groups.size() : 1;
  }

  /** ids [g, n]. */
  public Tensor apply(Scope scope, int[] ids, int g, @Nullable Tensor positions) {
    Tensor x = scope.lookup(weight, ids);
    Shape shape = new Shape(g, ids.length / g, x.shape().channels());
    Tensor codes = scope.reshape(x, shape);
    return positions == null ? codes : scope.add(codes, positions);
  }

  /** values [g, n, channels]. */
  public Tensor apply(Scope scope, float[] values, int g, @Nullable Tensor positions) {
    Shape shape = new Shape(g, values.length / g / spec.channels(), spec.channels());
    return linear(scope, scope.upload(shape, values, 0), positions);
  }

  private Tensor linear(Scope scope, Tensor x, @Nullable Tensor positions) {
    return positions == null
        ? scope.linear(x, linear, Activation.NONE)
        : scope.linearPlus(x, linear, positions);
  }
}
