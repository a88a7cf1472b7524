package tributary.onnx;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.model.Weight;
import tributary.tensor.Attention.FullyMasked;

/**
 * The forms of package form as ONNX operations, one method a form, by the names of weights that the
 * form's `of` reads. Tensors are [batch, rows, channels]; masks are bool and broadcast to [batch,
 * queries, keys], null for none.
 */
public final class Forms {
  private static final float CROSSVIT_EPSILON = 1e-6f;

  private final Layers layers;
  private final Blocks blocks;

  public Forms(Layers layers) {
    this.layers = layers;
    this.blocks = new Blocks(layers);
  }

  /** prefix.name, or name where the prefix is empty. */
  static String below(String prefix, String name) {
    return prefix.isEmpty() ? name : prefix + "." + name;
  }

  /** SelfDoc's two steps both ways: a and b [batch, n, c] give a and b. */
  public List<String> selfDoc(String a, String b, String prefix, int heads, @Nullable String mask) {
    String pa = below(prefix, "a");
    String pb = below(prefix, "b");
    String a1 = selfDocStep(a, b, a, pa + ".odd", heads, mask);
    String b1 = selfDocStep(b, a, b, pb + ".odd", heads, mask);
    return List.of(
        selfDocStep(a1, b1, b1, pa + ".cross", heads, mask),
        selfDocStep(b1, a1, a1, pb + ".cross", heads, mask));
  }

  private String selfDocStep(
      String queries, String keys, String values, String name, int heads, @Nullable String mask) {
    String y = blocks.attention(queries, keys, values, name, heads, mask, FullyMasked.ZERO);
    return layers.normalize(layers.add(y, queries), name + "_norm");
  }

  /** (1 + dgamma) x + beta; condition [batch or 1, 1, w]. */
  public String film(String x, String condition, String prefix) {
    OnnxGraph graph = layers.graph();
    String generator = below(prefix, "generator");
    String modulation = layers.linear(condition, generator);
    long c = layers.outputs(generator) / 2;
    String scale = layers.slice(modulation, graph.constant(0), graph.constant(c), 2);
    String shift = layers.slice(modulation, graph.constant(c), graph.constant(2 * c), 2);
    String scaled = layers.apply("Mul", layers.add(scale, graph.scalar(1)), x);
    return layers.add(scaled, shift);
  }

  /** One branch of CrossViT: own [batch, 1 + n, w] with another class token. */
  public String crossVitBranch(String own, String other, String prefix, int heads) {
    OnnxGraph graph = layers.graph();
    String zero = graph.constant(0);
    String one = graph.constant(1);
    String end = graph.constant(Long.MAX_VALUE);
    String token = layers.slice(own, zero, one, 1);
    String asked = layers.gelu(crossVitNorm(token, prefix + ".project_norm"));
    String projected = layers.linear(asked, prefix + ".project"); // [batch, 1, v]
    String seen = layers.concat(1, projected, layers.slice(other, one, end, 1));
    String z = crossVitNorm(seen, prefix + ".norm");
    String query = crossVitNorm(projected, prefix + ".norm");
    String y = blocks.attention(query, z, prefix + ".attention", heads, null);
    String answered = layers.gelu(crossVitNorm(layers.add(y, projected), prefix + ".back_norm"));
    String back = layers.linear(answered, prefix + ".back");
    return layers.concat(1, back, layers.slice(own, one, end, 1));
  }

  private String crossVitNorm(String x, String name) {
    return layers.normalize(x, name, CROSSVIT_EPSILON);
  }

  /** Self-attention of x with learned vectors among the keys and values. */
  public String persistentMemory(String x, String prefix, int heads, @Nullable String mask) {
    MultiHead attention = MultiHead.of(layers, prefix, heads, 3, FullyMasked.ZERO);
    String keys = layers.linear(x, below(prefix, "key"));
    String values = layers.linear(x, below(prefix, "value"));
    Weight memory = layers.weight(below(prefix, "memory.value")); // [heads, N, e]
    long n = memory.shape()[1];
    double d = attention.width() / (double) heads;
    String memoryKeys = memory(below(prefix, "memory.key"), Math.sqrt(d));
    String memoryValues = memory(below(prefix, "memory.value"), Math.sqrt(n));
    String attended =
        attention.attend(
            layers.linear(x, below(prefix, "query")),
            layers.concat(1, keys, layers.spread(memoryKeys, x, 1, 1, 1)),
            layers.concat(1, values, layers.spread(memoryValues, x, 1, 1, 1)),
            mask == null
                ? null
                : layers.concat(2, mask, layers.spread(layers.graph().truth(), mask, 2, n)));
    return layers.linear(attended, below(prefix, "output"));
  }

  /** Vectors of each head [heads, N, d], times a scale, as rows [1, N, heads * d]. */
  private String memory(String name, double scale) {
    Weight w = layers.weight(name);
    int heads = Math.toIntExact(w.shape()[0]);
    int n = Math.toIntExact(w.shape()[1]);
    int d = Math.toIntExact(w.shape()[2]);
    float[] rows = new float[w.values().length];
    for (int i = 0; i < rows.length; i++) {
      int vector = i / d % n;
      rows[(vector * heads + i / (n * d)) * d + i % d] = (float) (w.values()[i] * scale);
    }
    return layers.graph().constant(name, new long[] {1, n, (long) heads * d}, rows);
  }

  /**
   * RETRO: row t >= c - 1 of x attends to what was retrieved for chunk (t - (c - 1)) / c and to the
   * null vector, other rows yield 0.
   *
   * @param x [batch, n, channels]
   * @param neighbours [batch, chunks, m, w]
   * @param mask bool [batch, chunks, m], what of it is real; null for all
   */
  public String retro(
      String x, String neighbours, String prefix, int heads, int chunk, @Nullable String mask) {
    OnnxGraph graph = layers.graph();
    MultiHead attention = MultiHead.of(layers, prefix, heads, 4, FullyMasked.ZERO);
    String keys = withNull(layers.linear(neighbours, below(prefix, "key")), prefix, "key");
    String values = withNull(layers.linear(neighbours, below(prefix, "value")), prefix, "value");
    String chunks = layers.lengths(neighbours, 1, 2);
    String size = graph.constant(chunk);
    String rows = layers.apply("Mul", chunks, size); // of all chunks
    String later = layers.slice(x, graph.constant(chunk - 1L), graph.constant(Long.MAX_VALUE), 1);
    long channels = layers.inputs(below(prefix, "query"));
    String filled = layers.concat(1, later, zeros(x, rows, channels));
    String chunked =
        layers.apply(
            "Reshape",
            layers.slice(filled, graph.constant(0), rows, 1),
            layers.concat(0, layers.lengths(x, 0, 1), chunks, size, graph.constant(channels)));
    String attended =
        attention.attend(
            layers.linear(chunked, below(prefix, "query")),
            keys,
            values,
            mask == null ? null : allowed(mask));
    String y = layers.linear(attended, below(prefix, "output"));
    long outputs = layers.outputs(below(prefix, "output"));
    String answered =
        layers.apply(
            "Reshape", y, layers.concat(0, layers.lengths(x, 0, 1), rows, graph.constant(outputs)));
    String length = layers.lengths(x, 1, 2);
    String all =
        layers.concat(
            1, zeros(x, graph.constant(chunk - 1L), outputs), answered, zeros(x, length, outputs));
    return layers.slice(all, graph.constant(0), length, 1);
  }

  /** Zeros [batch of x, rows, channels]; rows is int64 [1]. */
  private String zeros(String x, String rows, long channels) {
    OnnxGraph graph = layers.graph();
    return layers.apply(
        "Expand",
        graph.scalar(0),
        layers.concat(0, layers.lengths(x, 0, 1), rows, graph.constant(channels)));
  }

  /** The null vector [heads, d] as a first row of [batch, chunks, m, heads * d]. */
  private String withNull(String x, String prefix, String which) {
    String name = below(prefix, "null." + which);
    String row = layers.constant(name, 1, 1, 1, layers.weight(name).values().length);
    return layers.concat(2, layers.spread(row, x, 2, 1, 1), x);
  }

  /** [batch, chunks, m] with the null vector allowed: [batch, chunks, 1, 1 + m]. */
  private String allowed(String mask) {
    OnnxGraph graph = layers.graph();
    String all = layers.concat(2, layers.spread(graph.truth(), mask, 2, 1), mask);
    return layers.apply("Unsqueeze", all, graph.constant(2));
  }
}
