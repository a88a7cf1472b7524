package tributary.models.elastic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Leaf;
import tributary.encode.Learner;
import tributary.encode.PositionCodes;
import tributary.encode.Rows;
import tributary.model.Model;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * The elastic hierarchy for learning (reference: elastic_encode): the groups of one level of all
 * views and modalities go through one call, whatever their lengths. Latents stay in the backend's
 * memory between levels, as tables of nodes.
 *
 * <pre>
 *   views -&gt; ModalityTree, leaves -&gt; LearningLevels -&gt; LevelNodes -&gt; EncodedViews: roots, fusion, head
 *                                                            \-----------------&gt; DecoderPass
 * </pre>
 */
public final class ElasticLearner implements Learner {
  private final ElasticConfig config;
  private final Weights weights;
  private final List<String> names; // sorted
  private final LearningLevels levels;
  private final EncodedViews.Above above;

  public ElasticLearner(Model model, Backend backend) {
    this.config = model.config(ElasticConfig.class, "elastic");
    this.weights = Weights.learning(model.weights(), backend);
    this.names = config.modalities().keySet().stream().sorted().toList();
    Map<String, PositionCodes> positions = new LinkedHashMap<>();
    List<Tensor> codes = new ArrayList<>();
    for (String name : names) {
      positions.put(name, new PositionCodes(weights, config, name));
      codes.add(weights.table("modality." + name));
    }
    this.levels = new LearningLevels(config, weights, names, positions);
    this.above =
        new EncodedViews.Above(
            config,
            names,
            codes,
            Fusion.of(config, weights),
            weights.linear("head"),
            config.decodes() ? new DecoderPass(config, weights, positions) : null);
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public int groupTokens() {
    return config.groupSize();
  }

  @Override
  public int fanIn() {
    return config.fanIn();
  }

  @Override
  public boolean reconstructs() {
    return above.decoder() != null;
  }

  @Override
  public void close() {
    weights.close();
  }

  @Override
  public Encoded encode(Scope tape, List<View> views) {
    List<ModalityTree> trees = new ArrayList<>();
    List<List<Leaf>> leaves = new ArrayList<>(); // by tree
    for (int name = 0; name < names.size(); name++) {
      for (int v = 0; v < views.size(); v++) {
        Masked masked = views.get(v).modalities().get(names.get(name));
        if (masked != null) {
          Rows rows = levels.rows(name, masked);
          trees.add(new ModalityTree(v, name, rows));
          leaves.add(ElasticAutoencoder.leaves(config, names.get(name), rows, masked.visible()));
        }
      }
    }
    if (trees.isEmpty()) {
      throw Invalid.argument("views", views.size() + " without a modality", "at least one");
    }
    return new EncodedViews(above, tape, trees, levels.nodes(tape, trees, leaves));
  }
}
