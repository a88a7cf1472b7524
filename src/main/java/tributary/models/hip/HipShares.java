package tributary.models.hip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.attention.Weights;
import tributary.config.Problems.Refused;
import tributary.encode.AttentionShares;
import tributary.encode.Explainer;
import tributary.encode.Rows;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Where Hierarchical Perceiver looks, from the processor's latents down, which count alike: a row
 * of a level's inputs gets of each latent of its group what the latent got one level up, times the
 * mean over heads of its weight in the cross-attend. What padding gets is left out, and the rest
 * scaled to 1.
 */
final class HipShares implements Explainer {
  private final HipConfig config;
  private final Weights weights;
  private final HipLevels levels;

  HipShares(Model model, Backend backend) {
    this.config = model.config(HipConfig.class, "hip");
    if (config.transposes() || !config.labelModalities().isEmpty()) {
      throw new Refused(
          List.of(
              "Cannot explain encoder hip with "
                  + (config.transposes() ? "transposed groups" : "labels")
                  + " (without them it is)"));
    }
    this.weights = new Weights(model.weights(), backend);
    this.levels = new HipLevels(config, weights, config.processor() + 1);
  }

  @Override
  public String how() {
    return "A token's share: the processor's latents share out the attention alike by the weights of"
        + " their cross-attends, mean over heads; what a latent gets it shares out likewise among"
        + " what it was made of, level by level, down to the tokens. What padding gets is left out.";
  }

  @Override
  public SortedMap<String, double[]> shares(Map<String, Subsequence> record) {
    TreeMap<String, double[]> shares = new TreeMap<>();
    if (record.isEmpty()) {
      return shares;
    }
    try (Scope scope = levels.backend().open(0)) {
      List<float[]> inputs = new ArrayList<>(); // by level, all groups one after the other
      inputs.add(levels.grouped(scope, rows(record)));
      for (int i = 1; i <= config.processor(); i++) {
        int groups = config.numGroups().get(i - 1);
        inputs.add(levels.level(scope, i - 1, inputs.get(i - 1), 0, groups, null));
      }
      double[] latents =
          AttentionShares.even(
              config.numGroups().get(config.processor()) * levels.block(config.processor()).rows());
      for (int i = config.processor(); i >= 0; i--) {
        latents = rows(scope, i, inputs.get(i), config.numGroups().get(i), latents);
      }
      return ofTokens(record, latents);
    }
  }

  private Map<String, Rows> rows(Map<String, Subsequence> record) {
    Map<String, Rows> rows = new TreeMap<>();
    record.forEach((name, s) -> rows.put(name, Rows.of(s, levels.embedding(name).spec())));
    return rows;
  }

  /**
   * The share of every input row of a level, which are the latents of the level below, from those
   * of its own latents, group by group.
   */
  private double[] rows(Scope scope, int level, float[] inputs, int groups, double[] latents) {
    int width = config.inputChannels(level);
    int n = inputs.length / width / groups;
    int k = latents.length / groups;
    double[] shares = new double[groups * n];
    for (int g = 0; g < groups; g++) {
      try (Scope inner = scope.inner()) {
        Tensor x = inner.upload(Shape.matrix(n, width), inputs, g * n * width);
        double[] own = Arrays.copyOfRange(latents, g * k, (g + 1) * k);
        System.arraycopy(levels.block(level).shares(inner, x, null, g, own), 0, shares, g * n, n);
      }
    }
    return shares;
  }

  /** From the rows of the level-0 groups to the tokens that fill some of them. */
  private SortedMap<String, double[]> ofTokens(Map<String, Subsequence> record, double[] rows) {
    TreeMap<String, double[]> shares = new TreeMap<>();
    HipLayout layout = levels.layout();
    double total = 0;
    for (int i = 0; i < levels.names().size(); i++) {
      String name = levels.names().get(i);
      if (!record.containsKey(name)) {
        continue;
      }
      double[] own = new double[Objects.requireNonNull(record.get(name)).tokens()];
      for (int t = 0; t < own.length; t++) {
        int group = layout.start()[i] + t / layout.perGroup(i);
        own[t] = rows[group * layout.size() + t % layout.perGroup(i)];
        total += own[t];
      }
      shares.put(name, own);
    }
    for (double[] own : shares.values()) {
      for (int t = 0; t < own.length; t++) {
        own[t] /= total;
      }
    }
    return shares;
  }

  @Override
  public void close() {
    weights.close();
  }
}
