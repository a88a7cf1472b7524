package tributary.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import tributary.base.Invalid;

/**
 * Random weights from a configuration and a seed, the same on every machine: the generator is
 * SplitMix64 (Steele, Lea, Flood 2014), the logarithm that of {@link StrictMath}, and each tensor's
 * stream follows from the seed and its name alone.
 *
 * <p>Rules (Haiku's VarianceScaling(1.0), as in Hierarchical Perceiver): linear weights truncated
 * normal with standard deviation 1 / sqrt(inputs), biases 0, layer norms 1 and 0, latents and
 * tables 1 / sqrt(rows), unembeddings 0. A modality's code, which has no rows, is 0.02 (Perceiver
 * IO's rule for learned positions). Vectors of each head: persistent keys and null vectors 1 /
 * sqrt(their channels), persistent values 1 / sqrt(vectors), as they are published.
 */
public final class Initialization {
  /** Standard deviation of a standard normal that is truncated at +-2. */
  private static final double TRUNCATED = 0.87962566103423978;

  private static final double LIMIT = 2;
  private static final double CODE = 0.02;

  private Initialization() {}

  /** A model whose origin is `random, seed N`. */
  public static Model random(ModelConfig config, long seed) {
    Map<String, Weight> weights = new LinkedHashMap<>();
    WeightTable.of(config)
        .shapes()
        .forEach((name, shape) -> weights.put(name, weight(name, shape, seed)));
    return ModelFiles.model(config, weights, "random, seed " + seed);
  }

  /** One tensor by the rule for its name. */
  public static Weight weight(String name, long[] shape, long seed) {
    long size = WeightTable.size(shape);
    if (size > Integer.MAX_VALUE - 8) {
      throw Invalid.argument(name, Arrays.toString(shape), "less than 2^31 values");
    }
    float[] values = new float[(int) size];
    double deviation = deviation(name, shape);
    if (isNorm(name) && (name.endsWith(".weight") || name.endsWith(".variance"))) {
      Arrays.fill(values, 1);
    } else if (deviation > 0) {
      Stream random = new Stream(mix(seed) ^ hash(name));
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.truncatedNormal() * (deviation / TRUNCATED));
      }
    }
    return new Weight(shape.clone(), values);
  }

  private static double deviation(String name, long[] shape) {
    if (name.endsWith(".bias") || isNorm(name) || name.startsWith("unembed.")) {
      return 0;
    }
    if (name.startsWith("modality.")) {
      return CODE;
    }
    if (name.endsWith(".memory.value")) {
      return 1 / StrictMath.sqrt(shape[1]);
    }
    boolean head = name.endsWith(".memory.key") || name.contains(".null.");
    boolean linear = head || name.endsWith(".weight");
    return 1 / StrictMath.sqrt(shape[linear ? shape.length - 1 : 0]);
  }

  private static boolean isNorm(String name) {
    String layer = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    return layer.endsWith("_norm") || layer.endsWith(".norm");
  }

  /** FNV-1a, 64 bits. */
  private static long hash(String name) {
    long h = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xff)) * 0x100000001b3L;
    }
    return h;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** SplitMix64, and normal deviates by Marsaglia's polar method. */
  private static final class Stream {
    private long state;
    private double spare = Double.NaN;

    Stream(long seed) {
      state = mix(seed);
    }

    private double uniform() {
      state += 0x9e3779b97f4a7c15L;
      return (mix(state) >> 11) * 0x1p-52;
    }

    double truncatedNormal() {
      while (true) {
        double x = normal();
        if (Math.abs(x) <= LIMIT) {
          return x;
        }
      }
    }

    private double normal() {
      if (!Double.isNaN(spare)) {
        double x = spare;
        spare = Double.NaN;
        return x;
      }
      while (true) {
        double u = uniform();
        double v = uniform();
        double s = u * u + v * v;
        if (s > 0 && s < 1) {
          double f = StrictMath.sqrt(-2 * StrictMath.log(s) / s);
          spare = v * f;
          return u * f;
        }
      }
    }
  }
}
