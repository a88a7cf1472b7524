package tributary.tools.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import tributary.model.LevelSpec;
import tributary.model.Weight;
import tributary.tools.onnxcheck.Records;

/** The weights of one level by seed: a cross-attend and its self-attention layers. */
final class BlockWeights {
  private final Map<String, Weight> values = new LinkedHashMap<>();
  private final Random random;
  private final String prefix;

  private BlockWeights(String prefix, Random random) {
    this.prefix = prefix;
    this.random = random;
  }

  /**
   * By names that begin with the prefix and a dot.
   *
   * @param width of the inputs
   * @param attended channels of all heads of the cross-attend
   * @param crossWidening of the cross-attend's MLP
   */
  static Map<String, Weight> of(
      String prefix, LevelSpec level, int width, int attended, int crossWidening, Random random) {
    BlockWeights made = new BlockWeights(prefix + ".", random);
    int c = level.channels();
    made.put("latents", made.weight(1, level.latents(), c));
    made.norm("cross.query_norm", c);
    made.norm("cross.input_norm", width);
    made.layer("cross", width, attended, c, crossWidening);
    for (int s = 0; s < level.selfLayers(); s++) {
      made.norm("self." + s + ".norm", c);
      made.layer("self." + s, c, c, c, 4);
    }
    return made.values;
  }

  private void layer(String name, int inputs, int attended, int c, int widening) {
    linear(name + ".attention.query", c, attended);
    linear(name + ".attention.key", inputs, attended);
    linear(name + ".attention.value", inputs, attended);
    linear(name + ".attention.output", attended, c);
    norm(name + ".mlp_norm", c);
    linear(name + ".mlp.hidden", c, widening * c);
    linear(name + ".mlp.output", widening * c, c);
  }

  private void linear(String name, int from, int to) {
    put(name + ".weight", weight(1 / Math.sqrt(from), to, from));
    put(name + ".bias", weight(0.1, to));
  }

  private void norm(String name, int channels) {
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    put(name + ".weight", new Weight(new long[] {channels}, ones));
    put(name + ".bias", weight(0.1, channels));
  }

  private void put(String name, Weight weight) {
    values.put(prefix + name, weight);
  }

  private Weight weight(double scale, int... shape) {
    int size = 1;
    long[] axes = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      size *= shape[i];
      axes[i] = shape[i];
    }
    float[] x = Records.values(size, random);
    for (int i = 0; i < size; i++) {
      x[i] *= (float) scale;
    }
    return new Weight(axes, x);
  }
}
