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

/**
 * Where Hierarchical Perceiver looks, from the processor down: a row of a level's inputs gets the
 * mean over heads and latents of its group's cross-attend, times what the group's own latents got
 * one level up. What padding gets is left out, and the rest scaled to 1.
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
    return "The mean over heads and latents of each cross-attend's weights, rolled down level by"
        + " level from the processor, without what padding gets.";
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
      double[] groups = new double[config.numGroups().get(config.processor())];
      Arrays.fill(groups, 1.0 / groups.length);
      for (int i = config.processor(); i >= 0; i--) {
        double[] ofRows = rows(scope, i, inputs.get(i), groups);
        groups = i == 0 ? ofRows : AttentionShares.sums(ofRows, config.numGroups().get(i - 1));
      }
      return ofTokens(record, groups);
    }
  }

  private Map<String, Rows> rows(Map<String, Subsequence> record) {
    Map<String, Rows> rows = new TreeMap<>();
    record.forEach((name, s) -> rows.put(name, Rows.of(s, levels.embedding(name).spec())));
    return rows;
  }

  /** The share of every input row of a level, from those of its groups. */
  private double[] rows(Scope scope, int level, float[] inputs, double[] groups) {
    int width = config.inputChannels(level);
    int n = inputs.length / width / groups.length;
    double[] shares = new double[groups.length * n];
    for (int g = 0; g < groups.length; g++) {
      try (Scope inner = scope.inner()) {
        Shape shape = Shape.matrix(n, width);
        double[] own =
            levels.block(level).shares(inner, inner.upload(shape, inputs, g * n * width), g);
        for (int j = 0; j < n; j++) {
          shares[g * n + j] = groups[g] * own[j];
        }
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
