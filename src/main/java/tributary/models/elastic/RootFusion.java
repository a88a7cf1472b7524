package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.attention.CrossVit;
import tributary.attention.Film;
import tributary.attention.SelfBlock;
import tributary.attention.SelfDoc;
import tributary.attention.Weights;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * The forms without latents of their own: the fused rows are those of the roots after they have
 * met, one modality's after the other's, by name; then all rows attend to each other. Each
 * modality's root has the same K rows; an absent modality stands in with K rows of its code.
 *
 * <ul>
 *   <li>selfdoc: row i of one root belongs to row i of the other, both come of latent i; the first
 *       modality by name is SelfDoc's a
 *   <li>crossvit: row 0 of each root is its class token; the first by name is the small branch
 *   <li>film: the mean over the condition's rows scales and shifts the channels of all others'
 *       rows; the condition's own rows are not among the fused
 * </ul>
 */
final class RootFusion implements Fusion {
  /** What happens between roots [1, K, C], by name. */
  private interface Meeting {
    List<Tensor> apply(Scope scope, Map<String, Tensor> roots);
  }

  private final Meeting meeting;
  private final List<SelfBlock> layers;
  private final Map<String, Tensor> codes; // [1, 1, C], by name
  private final int rows;

  private RootFusion(Meeting meeting, List<SelfBlock> layers, Map<String, Tensor> codes, int rows) {
    this.meeting = meeting;
    this.layers = layers;
    this.codes = new TreeMap<>(codes);
    this.rows = rows;
  }

  static RootFusion of(ElasticConfig config, Weights weights) {
    Map<String, Tensor> codes = new TreeMap<>();
    config.modalities().keySet().forEach(m -> codes.put(m, weights.table("modality." + m)));
    return new RootFusion(
        meeting(config, weights), Fusion.layers(config, weights), codes, config.last().latents());
  }

  private static Meeting meeting(ElasticConfig config, Weights weights) {
    List<String> names = config.modalities().keySet().stream().sorted().toList();
    int heads = config.fusion().crossHeads();
    return switch (config.fusionForm().form()) {
      case FusionForm.SELFDOC -> {
        SelfDoc form = SelfDoc.of(weights, "fusion.selfdoc", heads);
        yield (scope, roots) -> {
          SelfDoc.Pair met = form.apply(scope, at(roots, names, 0), at(roots, names, 1));
          return List.of(met.a(), met.b());
        };
      }
      case FusionForm.CROSSVIT -> {
        CrossVit form = CrossVit.of(weights, "fusion.crossvit", heads, heads);
        yield (scope, roots) -> {
          CrossVit.Pair met = form.apply(scope, at(roots, names, 0), at(roots, names, 1));
          return List.of(met.small(), met.large());
        };
      }
      default -> film(config.fusionForm().condition(), names, Film.of(weights, "fusion.film"));
    };
  }

  private static Meeting film(String condition, List<String> names, Film form) {
    int by = names.indexOf(condition);
    return (scope, roots) -> {
      Tensor mean = scope.meanRows(at(roots, names, by));
      List<Tensor> met = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        if (i != by) {
          met.add(form.apply(scope, at(roots, names, i), mean));
        }
      }
      return met;
    };
  }

  private static Tensor at(Map<String, Tensor> roots, List<String> names, int i) {
    return Objects.requireNonNull(roots.get(names.get(i)));
  }

  @Override
  public int width() {
    return codes.values().iterator().next().shape().channels();
  }

  @Override
  public Tensor fuse(Scope scope, SortedMap<String, Tensor> roots) {
    Map<String, Tensor> all = new TreeMap<>();
    codes.forEach(
        (name, code) -> {
          Tensor root = roots.get(name);
          all.put(name, root == null ? scope.lookup(code, new int[rows]) : root);
        });
    Tensor x = scope.concatRows(meeting.apply(scope, all));
    for (SelfBlock layer : layers) {
      x = layer.apply(scope, x);
    }
    return x;
  }
}
