package tributary.encode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.model.LevelSpec;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.model.PositionSpec;
import tributary.model.Weight;
import tributary.models.elastic.ElasticConfig;
import tributary.models.hip.HipConfig;

/**
 * The formulas of the reference once more, recursively and in double, on double[rows][channels]: as
 * little like the encoders as can be. For small sizes.
 */
public final class Naive {
  private final Map<String, Weight> weights;
  private final String activation;

  public Naive(Model model) {
    this.weights = model.weights();
    this.activation =
        model.config() instanceof ElasticConfig e
            ? e.activation()
            : ((HipConfig) model.config()).activation();
  }

  double[][] table(String name) {
    Weight w = Objects.requireNonNull(weights.get(name), name);
    int channels = (int) w.shape()[w.shape().length - 1];
    double[][] x = new double[w.values().length / channels][channels];
    for (int i = 0; i < w.values().length; i++) {
      x[i / channels][i % channels] = w.values()[i];
    }
    return x;
  }

  private double[][] linear(String p, double[][] x) {
    double[][] w = table(p + ".weight");
    double[][] y = new double[x.length][w.length];
    for (int r = 0; r < x.length; r++) {
      for (int o = 0; o < w.length; o++) {
        y[r][o] = weights.containsKey(p + ".bias") ? table(p + ".bias")[0][o] : 0;
        for (int i = 0; i < w[o].length; i++) {
          y[r][o] += w[o][i] * x[r][i];
        }
      }
    }
    return y;
  }

  private double[][] norm(String p, double[][] x) {
    double[] w = table(p + ".weight")[0];
    double[] b = table(p + ".bias")[0];
    double[][] y = new double[x.length][w.length];
    for (int r = 0; r < x.length; r++) {
      double mean = Arrays.stream(x[r]).average().orElseThrow();
      double variance =
          Arrays.stream(x[r]).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
      for (int c = 0; c < w.length; c++) {
        y[r][c] = (x[r][c] - mean) / Math.sqrt(variance + 1e-5) * w[c] + b[c];
      }
    }
    return y;
  }

  private double[][] mlp(String p, double[][] x) {
    double[][] h = linear(p + ".mlp.hidden", norm(p + ".mlp_norm", x));
    for (double[] row : h) {
      for (int c = 0; c < row.length; c++) {
        double v = row[c];
        row[c] =
            switch (activation) {
              case "relu" -> Math.max(0, v);
              case "squared_relu" -> Math.max(0, v) * Math.max(0, v);
              case "gelu_tanh" ->
                  0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
              default -> throw new IllegalArgumentException(activation);
            };
      }
    }
    return plus(linear(p + ".mlp.output", h), x);
  }

  /** Key j counts as counts[j] keys; null: each as one. */
  private double[][] attention(
      String p, double[][] queries, double[][] keys, int heads, double @Nullable [] counts) {
    double[][] q = linear(p + ".query", queries);
    double[][] k = linear(p + ".key", keys);
    double[][] v = linear(p + ".value", keys);
    int width = table(p + ".value.weight").length;
    int d = table(p + ".query.weight").length / heads;
    double[][] out = new double[queries.length][width];
    for (int r = 0; r < queries.length; r++) {
      for (int c = 0; c < width; c++) {
        int h = c / (width / heads);
        double total = 0;
        for (int j = 0; j < k.length; j++) {
          double score = 0;
          for (int i = 0; i < d; i++) {
            score += q[r][h * d + i] * k[j][h * d + i];
          }
          double e = Math.exp(score / Math.sqrt(d)) * (counts == null ? 1 : counts[j]);
          total += e;
          out[r][c] += e * v[j][c];
        }
        out[r][c] = total == 0 ? 0 : out[r][c] / total;
      }
    }
    return linear(p + ".output", out);
  }

  double[][] cross(String p, double[][] queries, double[][] inputs, int heads, boolean residual) {
    return cross(p, queries, inputs, heads, residual, null);
  }

  private double[][] cross(
      String p,
      double[][] queries,
      double[][] inputs,
      int heads,
      boolean residual,
      double @Nullable [] counts) {
    double[][] a =
        attention(
            p + ".attention",
            norm(p + ".query_norm", queries),
            norm(p + ".input_norm", inputs),
            heads,
            counts);
    return mlp(p, residual ? plus(a, queries) : a);
  }

  private double[][] self(String p, double[][] x, int heads) {
    double[][] y = norm(p + ".norm", x);
    return mlp(p, plus(attention(p + ".attention", y, y, heads, null), x));
  }

  private double[][] block(String p, LevelSpec level, double[][] inputs) {
    return block(p, level, inputs, null);
  }

  private double[][] block(
      String p, LevelSpec level, double[][] inputs, double @Nullable [] counts) {
    double[][] z =
        cross(p + ".cross", table(p + ".latents"), inputs, level.crossHeads(), true, counts);
    for (int s = 0; s < level.selfLayers(); s++) {
      z = self(p + ".self." + s, z, level.selfHeads());
    }
    return z;
  }

  public static double[][] plus(double[][] a, double[][] b) {
    double[][] y = new double[a.length][];
    for (int r = 0; r < a.length; r++) {
      y[r] = a[r].clone();
      for (int c = 0; c < y[r].length; c++) {
        y[r][c] += b[b.length == 1 ? 0 : r][c];
      }
    }
    return y;
  }

  static double[][] concat(List<double[][]> parts) {
    return parts.stream().flatMap(Arrays::stream).toArray(double[][]::new);
  }

  private double[][] embed(String name, ModalitySpec spec, double[][] tokens) {
    if (!(spec instanceof ModalitySpec.Text)) {
      return linear("embed." + name, tokens);
    }
    double[][] table = table("embed." + name + ".table");
    return Arrays.stream(tokens).map(t -> table[(int) t[0]]).toArray(double[][]::new);
  }

  private double[][] labelPositions(HipConfig c, String label) {
    return positions(label, c.positions(label).orElseThrow());
  }

  /** The code of every place, [places][E]. */
  public double[][] positions(String name, PositionSpec spec) {
    String p = "position." + name;
    double[][] rows = new double[spec.places()][spec.none() ? spec.channels() : spec.features()];
    if (spec.fourier()) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] = fourier(spec, i);
      }
    } else if (!spec.none()) {
      rows = table(p + ".table");
    }
    return weights.containsKey(p + ".projection.weight") ? linear(p + ".projection", rows) : rows;
  }

  /** Reference: fourier_features, of the token that is i-th in the grid. */
  private static double[] fourier(PositionSpec spec, int i) {
    int[] place = {i};
    if (spec.grid().size() == 2) {
      place = new int[] {i / spec.grid().get(1), i % spec.grid().get(1)};
    }
    if (spec.morton()) {
      place = new int[2];
      for (int bit = 0; i >> 2 * bit != 0; bit++) {
        place[1] |= (i >> 2 * bit & 1) << bit;
        place[0] |= (i >> 2 * bit + 1 & 1) << bit;
      }
    }
    int axes = place.length;
    int bands = spec.bands();
    double[] x = new double[axes * (2 * bands + 1)];
    for (int a = 0; a < axes; a++) {
      int n = spec.grid().get(a);
      x[a] = n == 1 ? -1 : 2.0 * place[a] / (n - 1) - 1;
      for (int k = 0; k < bands; k++) {
        double f = bands == 1 ? 1 : 1 + (n / 2.0 - 1) * k / (bands - 1);
        x[axes + a * bands + k] = Math.sin(x[a] * f * Math.PI);
        x[axes + axes * bands + a * bands + k] = Math.cos(x[a] * f * Math.PI);
      }
    }
    return x;
  }

  // --- elastic ---------------------------------------------------------------------------------

  /** The node of a level over tokens [from, to): recursively from above. */
  private double[][] node(
      ElasticConfig c, String name, double[][] codes, boolean[] visible, int level, int index) {
    if (level == 0) {
      List<double[]> seen = new ArrayList<>();
      for (int t = index * c.groupSize();
          t < (index + 1) * c.groupSize() && t < codes.length;
          t++) {
        if (visible[t]) {
          seen.add(codes[t]);
        }
      }
      return block("levels.0", c.levels().get(0), seen.toArray(double[][]::new));
    }
    String p = level < c.levels().size() ? "levels." + level : "merge";
    double[][] slots = table(p + ".slots");
    List<double[][]> children = new ArrayList<>();
    List<Double> counts = new ArrayList<>();
    double capacity = c.groupSize() * Math.pow(c.fanIn(), level - 1);
    for (int k = 0;
        k < c.fanIn() && index * c.fanIn() + k < nodes(c, codes.length, level - 1);
        k++) {
      double from = (index * c.fanIn() + k) * capacity;
      double fill = 0;
      for (int t = (int) from; t < from + capacity && t < codes.length; t++) {
        fill += (visible[t] ? 1 : 0) / capacity;
      }
      if (c.proportional() && fill == 0) {
        continue;
      }
      double[][] child = node(c, name, codes, visible, level - 1, index * c.fanIn() + k);
      children.add(plus(child, new double[][] {slots[k]}));
      counts.addAll(Collections.nCopies(child.length, c.proportional() ? fill : 1.0));
    }
    return block(
        p, c.level(level), concat(children), counts.stream().mapToDouble(count -> count).toArray());
  }

  private static int nodes(ElasticConfig c, int tokens, int level) {
    double n = Math.ceil(tokens / (double) c.groupSize());
    for (int i = 0; i < level; i++) {
      n = Math.ceil(n / c.fanIn());
    }
    return (int) n;
  }

  public double[] elastic(
      ElasticConfig c, Map<String, double[][]> record, Map<String, boolean[]> visible) {
    List<double[][]> roots = new ArrayList<>();
    new TreeMap<>(record)
        .forEach(
            (name, tokens) -> {
              double[][] table = positions(name, c.positions(name).orElseThrow());
              double[][] x = embed(name, c.modality(name), tokens);
              double[][] at = new double[x.length][];
              Arrays.setAll(at, t -> table[t % c.groupSize()]);
              int top = c.levels().size() - 1;
              while (nodes(c, x.length, top) > 1) {
                top++;
              }
              double[][] root =
                  node(c, name, plus(x, at), Objects.requireNonNull(visible.get(name)), top, 0);
              roots.add(plus(root, table("modality." + name)));
            });
    double[][] z = block("fusion", c.fusion(), concat(roots));
    double[] mean = new double[z[0].length];
    for (double[] row : z) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += row[i] / z.length;
      }
    }
    return linear("head", new double[][] {mean})[0];
  }

  // --- hip -------------------------------------------------------------------------------------

  /** The output of every level, [G * K][C]. */
  public List<double[][]> hip(HipConfig c, Map<String, double[][]> record) {
    List<String> names = new ArrayList<>(c.modalities().keySet());
    names.removeAll(c.labelModalities());
    String block = c.labelModalities().isEmpty() ? "levels." : "perceiver_block_";
    int[] assigned = new int[names.size()];
    Arrays.fill(assigned, 1);
    for (int spare = c.numGroups().get(0) - names.size(); spare > 0; spare--) {
      int best = 0;
      for (int i = 1; i < assigned.length; i++) {
        if (c.length(names.get(i)) / (double) assigned[i]
            > c.length(names.get(best)) / (double) assigned[best]) {
          best = i;
        }
      }
      assigned[best]++;
    }
    int size = 0;
    for (int i = 0; i < assigned.length; i++) {
      size = Math.max(size, (c.length(names.get(i)) + assigned[i] - 1) / assigned[i]);
    }
    List<double[][]> groups = new ArrayList<>();
    for (int i = 0; i < assigned.length; i++) {
      String name = names.get(i);
      double[][] position = positions(name, c.positions(name).orElseThrow());
      double[][] x =
          plus(embed(name, c.modality(name), Objects.requireNonNull(record.get(name))), position);
      int per = (x.length + assigned[i] - 1) / assigned[i];
      for (int g = 0; g < assigned[i]; g++) {
        double[][] group = new double[size][c.numEmbeddingChannels()];
        for (int r = 0; r < per && g * per + r < x.length; r++) {
          group[r] = x[g * per + r];
        }
        groups.add(group);
      }
    }
    List<double[][]> outputs = new ArrayList<>();
    double[][] z = concat(groups);
    for (int i = 0; i < c.levels(); i++) {
      int g = c.numGroups().get(i);
      if (i > 0 && c.regroupType().equals("transpose_reshape")) {
        z = transposed(z, c.numGroups().get(i - 1));
      }
      if (i == c.levels() / 2) {
        for (String label : c.labelModalities()) {
          double[][] tokens = Objects.requireNonNull(record.get(label));
          double[][] codes = embed(label, c.modality(label), tokens);
          z = concat(List.of(z, plus(codes, labelPositions(c, label))));
        }
      }
      double[][] latents = table(block + i + ".latents");
      if (i > c.levels() / 2) {
        double[][] skip = outputs.get(c.levels() - 1 - i);
        boolean projected = weights.containsKey(block + i + ".skip.weight");
        latents = plus(latents, projected ? linear(block + i + ".skip", skip) : skip);
      }
      List<double[][]> done = new ArrayList<>();
      for (int k = 0; k < g; k++) {
        double[][] own = part(latents, k, g);
        int heads = c.numCrossAttendHeads().get(i);
        double[][] y = cross(block + i + ".cross", own, part(z, k, g), heads, true);
        for (int s = 0; s < c.numSelfAttendsPerBlock().get(i); s++) {
          y = self(block + i + ".self." + s, y, c.numSelfAttendHeads().get(i));
        }
        done.add(y);
      }
      z = concat(done);
      outputs.add(z);
    }
    return outputs;
  }

  /** A label decoded from the processor's latents, [length][channels]. */
  public double[][] label(HipConfig c, String label, double[][] processor) {
    double[][] queries = labelPositions(c, label);
    return linear("unembed." + label, cross("label_reconstruction", queries, processor, 1, false));
  }

  /** Groups of rows to: the first row of every group, the second of every group, and so on. */
  private static double[][] transposed(double[][] x, int groups) {
    double[][] y = new double[x.length][];
    int rows = x.length / groups;
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i % groups * rows + i / groups];
    }
    return y;
  }

  private static double[][] part(double[][] x, int k, int parts) {
    int n = x.length / parts;
    return Arrays.copyOfRange(x, k * n, (k + 1) * n);
  }

  public static float[] floats(double[][] x) {
    float[] y = new float[x.length * x[0].length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) x[i / x[0].length][i % x[0].length];
    }
    return y;
  }
}
