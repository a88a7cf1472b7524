package tributary.encode;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.model.WeightTable;
import tributary.models.ModelConfigs;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.TestBackends;
import tributary.tokenize.TokenBlock;

/** Models with weights that are nowhere 0 or 1, and records for them; all by seed. */
public final class Samples {
  /** Two levels, fan-in 3, text among the modalities, whose order is not that of their names. */
  private static final String ELASTIC =
      """
      {encoder: elastic, group_size: 4, fan_in: 3, embedding_channels: 8,
       levels: [{latents: 2, channels: 12, self_layers: 1, self_heads: 2},
                {latents: 3, channels: 6, self_layers: 1, self_heads: 3, cross_heads: 4}],
       merge: {latents: 4, channels: 6, self_layers: 1, self_heads: 2, cross_heads: 3},
       fusion: {latents: 3, channels: 8, self_layers: 1, self_heads: 4, cross_heads: 2},
       embedding_dim: 5, activation: %s,
       modalities: [{name: a, channels: 1}, {name: t, kind: text}, {name: b, channels: 3}]}
      """;

  private Samples() {}

  /** The configuration of a small elastic hierarchy. */
  public static String elastic(String activation) {
    return ELASTIC.formatted(activation);
  }

  public static List<Backend> backends() {
    return TestBackends.all();
  }

  public static Model model(String yaml, long seed) {
    ModelConfig config = ModelConfigs.parse(yaml, "test");
    Map<String, Weight> weights = new LinkedHashMap<>();
    Random random = new Random(seed);
    WeightTable.of(config)
        .shapes()
        .forEach(
            (name, shape) -> {
              int size = 1;
              for (long n : shape) {
                size *= (int) n;
              }
              boolean norm = name.endsWith("norm.weight");
              double scale =
                  shape.length == 1
                      ? 0.1
                      : name.endsWith(".weight") ? 1 / Math.sqrt(shape[1]) : 0.3;
              float[] x = new float[size];
              for (int i = 0; i < size; i++) {
                x[i] = (float) (random.nextGaussian() * scale + (norm ? 1 : 0));
              }
              weights.put(name, new Weight(shape, x));
            });
    return ModelFiles.model(config, weights, "test");
  }

  /** Tokens [n][channels]; one id a row for text. */
  public static double[][] tokens(ModalitySpec spec, int n, long seed) {
    Random random = new Random(seed);
    boolean text = spec instanceof ModalitySpec.Text;
    double[][] x = new double[n][text ? 1 : spec.channels()];
    for (double[] row : x) {
      for (int c = 0; c < row.length; c++) {
        row[c] = text ? random.nextInt(256) : (float) random.nextGaussian();
      }
    }
    return x;
  }

  /** Rows [from, to) in blocks of at most `block` tokens. */
  public static List<TokenBlock> blocks(
      ModalitySpec spec, double[][] x, int from, int to, int block) {
    List<TokenBlock> blocks = new ArrayList<>();
    for (int at = from; at < to; at += block) {
      int n = Math.min(block, to - at);
      if (spec instanceof ModalitySpec.Text) {
        byte[] ids = new byte[n];
        for (int i = 0; i < n; i++) {
          ids[i] = (byte) x[at + i][0];
        }
        blocks.add(new TokenBlock.Ids(ids));
      } else {
        float[] values = new float[n * spec.channels()];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) x[at + i / spec.channels()][i % spec.channels()];
        }
        blocks.add(new TokenBlock.Values(spec.channels(), values));
      }
    }
    return blocks;
  }

  public static Subsequence whole(String modality, ModalitySpec spec, double[][] x) {
    return new Subsequence(modality, 0, blocks(spec, x, 0, x.length, 7));
  }

  /** A modality's tokens cut as the job cuts them. */
  public static List<Subsequence> split(
      Encoder encoder, String modality, ModalitySpec spec, double[][] x, int block) {
    List<Subsequence> parts = new ArrayList<>();
    int most = (int) Math.min(Math.max(1, x.length), encoder.subsequenceTokens());
    for (int at = 0; at < x.length; at += most) {
      int to = Math.min(x.length, at + most);
      parts.add(new Subsequence(modality, parts.size(), blocks(spec, x, at, to, block)));
    }
    return parts;
  }

  public static float[] finish(Encoder encoder, List<Node> nodes) {
    Map<String, List<Node>> by = new LinkedHashMap<>();
    nodes.forEach(n -> by.computeIfAbsent(n.modality(), m -> new ArrayList<>()).add(n));
    Map<String, Iterator<Node>> streams = new LinkedHashMap<>();
    by.forEach((m, own) -> streams.put(m, own.iterator()));
    return encoder.finish(streams);
  }
}
