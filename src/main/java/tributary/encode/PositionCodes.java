package tributary.encode;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.FourierFeatures;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.model.ModelConfig;
import tributary.model.PositionSpec;
import tributary.tensor.Activation;
import tributary.tensor.Linear;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tokenize.Morton;

/**
 * The position codes of one modality: what is added to its embedded tokens, and what a decoder
 * queries with. A code is a row of a source, which is the learned table (`position.MODALITY.table`)
 * or the constant Fourier features of the places, through a linear layer (`.projection`) where
 * there is one; zeros where the model has no positions. It depends on its row alone. JVM-wide,
 * immutable.
 */
public final class PositionCodes {
  private final PositionSpec spec;
  private final Tensor source; // [1, places, F]; none: one row of zeros [1, 1, E]
  private final @Nullable Linear projection;
  private final @Nullable Tensor table; // [1, places, E], none: zeros; null while it is learnt

  /**
   * Reads the weights; what follows from them alone, the codes of all places, is kept with them.
   */
  public PositionCodes(Weights weights, ModelConfig config, String modality) {
    this.spec = spec(config, modality);
    String name = "position." + modality;
    if (spec.none()) {
      int e = spec.channels();
      this.source = weights.fixed(name + ".none", Shape.vector(e), new float[e]);
    } else if (spec.fourier()) {
      Shape shape = Shape.matrix(spec.places(), spec.features());
      this.source = weights.fixed(name + ".features", shape, features(spec));
    } else {
      this.source = weights.table(name + ".table");
    }
    this.projection = spec.projected() ? weights.linear(name + ".projection") : null;
    this.table =
        projection == null
            ? source
            : weights.learning() ? null : projected(weights, name + ".projected");
  }

  /** The codes of a modality as the configuration has them. */
  public static PositionSpec spec(ModelConfig config, String modality) {
    return config
        .positions(modality)
        .orElseThrow(
            () -> Invalid.argument("modality", modality, "one of " + config.modalities().keySet()));
  }

  private Tensor projected(Weights weights, String name) {
    try (Scope scope = weights.backend().open(0)) {
      Tensor y = codes(scope, first(spec.places()));
      return weights.constant(name, y.shape(), scope.values(y));
    }
  }

  /**
   * Fourier features of all places in the order of the tokens, [places, F]: those of the grid as
   * Perceiver IO has them, its resolution its own size.
   */
  static float[] features(PositionSpec spec) {
    List<Integer> grid = spec.grid();
    int[] order = spec.morton() ? Morton.grid(grid.get(0), grid.get(1)) : first(spec.places());
    return FourierFeatures.of(spec.bands(), grid)
        .at(grid, order, FourierFeatures.Positions.INCLUSIVE);
  }

  private static int[] first(int n) {
    return IntStream.range(0, n).toArray();
  }

  /** Whether there is nothing to add to a token. */
  public boolean none() {
    return spec.none();
  }

  /**
   * Codes of places by operations of the scope on weights and constants, nothing computed before:
   * what learning differentiates. The bits of {@link #rows} where a product's rows stand alone.
   *
   * @return [1, n, E]
   */
  public Tensor codes(Scope scope, int[] places) {
    Tensor rows = scope.lookup(source, none() ? new int[places.length] : places);
    return projection == null ? rows : scope.linear(rows, projection, Activation.NONE);
  }

  /** Codes of places: [1, n, E]. */
  public Tensor rows(Scope scope, int[] places) {
    return table == null
        ? codes(scope, places)
        : scope.lookup(table, none() ? new int[places.length] : places);
  }

  /** Codes of the first n places: [1, n, E]. */
  public Tensor firstRows(Scope scope, int n) {
    return table != null && n == table.shape().rows() ? table : rows(scope, first(n));
  }

  /** Codes of all places: [1, places, E]. */
  public Tensor all(Scope scope) {
    return firstRows(scope, spec.places());
  }
}
