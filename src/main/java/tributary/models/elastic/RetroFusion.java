package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import tributary.attention.Mlp;
import tributary.attention.Retro;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.encode.Calls;
import tributary.model.LevelSpec;
import tributary.tensor.LayerNorm;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * RETRO: the learned latents are a sequence in chunks, and the root of the u-th modality by name is
 * what was retrieved for chunk u: latent t >= c - 1 attends to modality (t - (c - 1)) / c alone,
 * the earlier ones and those behind the last chunk to nothing. Pre-norm on both sides, residual,
 * MLP; then all latents attend to each other. An absent modality is masked: its latents attend to
 * the learned null vector.
 */
final class RetroFusion implements Fusion {
  private final List<String> modalities; // by name
  private final Tensor latents; // [1, L, F]
  private final LayerNorm queryNorm;
  private final LayerNorm inputNorm;
  private final Retro retro;
  private final Mlp mlp;
  private final List<SelfBlock> layers;
  private final int width;

  RetroFusion(ElasticConfig config, Weights weights) {
    LevelSpec level = config.fusion();
    this.modalities = config.modalities().keySet().stream().sorted().toList();
    this.latents = weights.table("fusion.latents");
    this.queryNorm = weights.norm("fusion.cross.query_norm");
    this.inputNorm = weights.norm("fusion.cross.input_norm");
    this.retro =
        Retro.of(
            weights, "fusion.cross.attention", level.crossHeads(), config.fusionForm().chunk());
    this.mlp = Mlp.of(weights, "fusion.cross", Calls.activation(config.activation()));
    this.layers = Fusion.layers(config, weights);
    this.width = config.last().channels();
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public Tensor fuse(Scope scope, SortedMap<String, Tensor> roots) {
    int rows = roots.values().stream().mapToInt(r -> r.shape().rows()).max().orElse(1);
    List<Tensor> neighbours = new ArrayList<>(); // [1, rows, C] of each modality
    boolean[] real = new boolean[modalities.size() * rows]; // [modalities, rows]
    for (int u = 0; u < modalities.size(); u++) {
      Tensor root = roots.get(modalities.get(u));
      int own = root == null ? 0 : root.shape().rows();
      if (root != null) {
        neighbours.add(root);
        Arrays.fill(real, u * rows, u * rows + own, true);
      }
      if (own < rows) {
        neighbours.add(
            scope.upload(Shape.matrix(rows - own, width), new float[(rows - own) * width], 0));
      }
    }
    Shape shape = new Shape(modalities.size(), rows, width);
    Tensor read = scope.normalize(scope.reshape(scope.concatRows(neighbours), shape), inputNorm);
    Mask mask = new Mask(real, shape.groups(), 1, rows);
    Tensor attended = retro.apply(scope, scope.normalize(latents, queryNorm), read, mask);
    Tensor x = mlp.apply(scope, scope.add(attended, latents));
    for (SelfBlock layer : layers) {
      x = layer.apply(scope, x);
    }
    return x;
  }
}
