package tributary.encode;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.config.ModalitySpec;
import tributary.config.PerceiverConfig;
import tributary.form.CrossBlock;
import tributary.form.FourierFeatures;
import tributary.form.Perceiver;
import tributary.form.SelfBlock;
import tributary.form.Weights;
import tributary.merge.Node;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Perceiver (2021) for the job: `depth` passes of the latents over all tokens of a record, its
 * modalities one after the other in the order of their names.
 *
 * <p>Each pass needs what the pass before it found in the whole record, and a token's Fourier
 * features need the record's length; {@link Encoder} sees a record's parts once. So a part's node
 * is its tokens as they came (a float a byte of text, else the values), and {@link #finish} holds
 * all tokens of ONE record in one task, on the heap and in native memory, for all passes: correct
 * for records that span partitions, and unlike the elastic encoder bounded by memory, about 4 bytes
 * times tokens times (3 widths of a token, `inputChannels` of the configuration). Meant for small
 * data and for comparison. JVM-wide, immutable, used by many threads at once.
 */
public final class PerceiverEncoder implements Encoder {
  /** Tokens of a part: what one row of a spread record carries. */
  private static final int PART = 1 << 14;

  private final PerceiverConfig config;
  private final Weights weights;
  private final Backend backend;
  private final Perceiver form;

  public PerceiverEncoder(Model model, Backend backend) {
    if (!(model.config() instanceof PerceiverConfig c)) {
      throw new IllegalArgumentException(
          "Invalid encoder: " + model.config().encoder() + " (perceiver)");
    }
    this.config = c;
    this.weights = new Weights(model.weights(), backend);
    this.backend = backend;
    this.form =
        Perceiver.of(
            weights,
            new Perceiver.Options(
                c.depth(),
                c.tieLayers(),
                c.crossHeads(),
                c.selfLayers(),
                c.selfHeads(),
                Calls.activation(c.activation())));
  }

  @Override
  public long subsequenceTokens() {
    return PART;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  /** The tokens themselves. */
  @Override
  public List<Node> encode(List<Subsequence> subsequences) {
    List<Node> nodes = new ArrayList<>();
    for (Subsequence s : subsequences) {
      ModalitySpec spec = config.modality(s.modality());
      Rows rows = Rows.of(s, spec);
      if (rows.count() < 1 || rows.count() > PART) {
        throw new IllegalArgumentException(
            "Invalid subsequence: " + rows.count() + " tokens (1 to " + PART + ")");
      }
      nodes.add(new Node(s.modality(), 0, s.index(), values(rows, spec)));
    }
    return nodes;
  }

  private static float[] values(Rows rows, ModalitySpec spec) {
    int n = rows.count();
    if (spec instanceof ModalitySpec.Text) {
      int[] ids = new int[n];
      rows.ids(0, n, ids, 0);
      float[] values = new float[n];
      for (int i = 0; i < n; i++) {
        values[i] = ids[i];
      }
      return values;
    }
    float[] values = new float[n * spec.channels()];
    rows.values(0, n, values, 0);
    return values;
  }

  @Override
  public float[] finish(Map<String, Iterator<Node>> nodes) {
    TreeMap<String, float[]> tokens = new TreeMap<>();
    int values = 0;
    for (Map.Entry<String, Iterator<Node>> e : new TreeMap<>(nodes).entrySet()) {
      float[] own =
          inputs(e.getKey(), config.modality(e.getKey()), joined(e.getKey(), e.getValue()));
      tokens.put(e.getKey(), own);
      values = Math.addExact(values, own.length);
    }
    float[] all = new float[values];
    int at = 0;
    for (float[] own : tokens.values()) {
      System.arraycopy(own, 0, all, at, own.length);
      at += own.length;
    }
    int rows = values / config.inputChannels();
    try (Scope scope = backend.open(0)) {
      return Calls.run(
          scope,
          backend,
          1,
          embeddingDim(),
          (s, from, to) ->
              form.classify(
                  s,
                  rows == 0
                      ? encodeNothing(s)
                      : form.encode(
                          s, s.upload(Shape.matrix(rows, config.inputChannels()), all, 0), null)));
    }
  }

  /** A record without tokens: every pass finds 0. */
  private Tensor encodeNothing(Scope scope) {
    Tensor z = form.latents();
    for (Perceiver.Layer layer : form.layers()) {
      CrossBlock cross = layer.cross();
      z = cross.applyToNothing(scope, z);
      for (SelfBlock block : layer.selfLayers()) {
        z = block.apply(scope, z);
      }
    }
    return z;
  }

  /** The tokens of all nodes of a modality, which come in order. */
  private static float[] joined(String modality, Iterator<Node> nodes) {
    List<float[]> parts = new ArrayList<>();
    int size = 0;
    while (nodes.hasNext()) {
      Node node = nodes.next();
      if (node.index() != parts.size()) {
        throw new IllegalArgumentException(
            "Invalid node: index "
                + node.index()
                + " of "
                + modality
                + " (expected "
                + parts.size()
                + ")");
      }
      parts.add(node.latents());
      size = Math.addExact(size, node.latents().length);
    }
    float[] all = new float[size];
    int at = 0;
    for (float[] p : parts) {
      System.arraycopy(p, 0, all, at, p.length);
      at += p.length;
    }
    return all;
  }

  /** Tokens [n, c] or ids [n] with their place and their modality's code: [n, inputChannels]. */
  private float[] inputs(String modality, ModalitySpec spec, float[] tokens) {
    boolean text = spec instanceof ModalitySpec.Text;
    float[] own = text ? embedded(modality, tokens) : tokens;
    int width = text ? config.embeddingChannels() : spec.channels();
    int n = own.length / width;
    if (n == 0) {
      return new float[0];
    }
    float[] at = FourierFeatures.of(config.bands(), List.of(n)).grid(List.of(n));
    float[] placed = PerceiverInputs.join(own, width, at, at.length / n);
    return PerceiverInputs.repeat(
        placed, config.tokenChannels(spec), weights.values("modality." + modality));
  }

  private float[] embedded(String modality, float[] ids) {
    float[] table = weights.values("embed." + modality + ".table");
    int width = config.embeddingChannels();
    float[] rows = new float[Math.multiplyExact(ids.length, width)];
    for (int i = 0; i < ids.length; i++) {
      System.arraycopy(table, (int) ids[i] * width, rows, i * width, width);
    }
    return rows;
  }

  @Override
  public void close() {
    weights.close();
  }
}
