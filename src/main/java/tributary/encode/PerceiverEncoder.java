package tributary.encode;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.config.ModalitySpec;
import tributary.config.PerceiverConfig;
import tributary.form.CrossAttention;
import tributary.form.FourierFeatures;
import tributary.form.Perceiver;
import tributary.form.SelfBlock;
import tributary.form.Weights;
import tributary.merge.AttendedParts;
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
 * <p>A pass attends to each part of a record on its own, up to {@value #PART} tokens of a modality
 * with their places, and merges what the parts give in double, in their order: so a record may span
 * partitions ({@link PassEncoder}), and the bits are those of the record in one task. A token's
 * Fourier features need its modality's length, which is known once the record has been read. {@link
 * #encode} leaves the tokens as they came (a float a byte of text, else the values): {@link
 * #finish} holds those of one record on the heap, and one part in native memory. JVM-wide,
 * immutable, used by many threads at once.
 */
public final class PerceiverEncoder implements PassEncoder {
  /** Tokens of a part: what one row of a spread record carries. */
  private static final int PART = 1 << 12;

  /** Tokens of a modality at most. */
  private static final int MOST = Integer.MAX_VALUE - PART;

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
    TreeMap<String, List<float[]>> parts = new TreeMap<>();
    new TreeMap<>(nodes).forEach((modality, its) -> parts.put(modality, values(modality, its)));
    float[] z = latents();
    for (int pass = 0; pass < passes(); pass++) {
      AttendedParts found = found(pass);
      for (Map.Entry<String, List<float[]>> e : parts.entrySet()) {
        long values = e.getValue().stream().mapToLong(p -> p.length).sum();
        long length = values / width(config.modality(e.getKey()));
        for (int i = 0; i < e.getValue().size(); i++) {
          found.accept(attend(pass, z, e.getKey(), length, i, e.getValue().get(i)));
        }
      }
      z = next(pass, z, found);
    }
    return embedding(z);
  }

  /** What the nodes of a modality hold, which come in order. */
  private static List<float[]> values(String modality, Iterator<Node> nodes) {
    List<float[]> parts = new ArrayList<>();
    while (nodes.hasNext()) {
      parts.add(inOrder(modality, nodes.next(), parts.size()).latents());
    }
    return parts;
  }

  private static Node inOrder(String modality, Node node, int expected) {
    if (node.index() != expected) {
      throw new IllegalArgumentException(
          "Invalid node: index "
              + node.index()
              + " of "
              + modality
              + " (expected "
              + expected
              + ")");
    }
    return node;
  }

  @Override
  public int passes() {
    return form.layers().size();
  }

  @Override
  public float[] latents() {
    return weights.values("latents").clone();
  }

  @Override
  public Node attend(int pass, float[] latents, Map<String, Long> tokens, Subsequence part) {
    Long length = tokens.get(part.modality());
    if (length == null) {
      throw new IllegalArgumentException(
          "Invalid subsequence: of " + part.modality() + " (of " + tokens.keySet() + ")");
    }
    ModalitySpec spec = config.modality(part.modality());
    float[] values = values(Rows.of(part, spec), spec);
    float[] found = attend(pass, latents, part.modality(), length, part.index(), values);
    return new Node(part.modality(), pass, part.index(), found);
  }

  /** What latents [K, C] find in one part of a modality: [K, heads * (e + 2)]. */
  private float[] attend(
      int pass, float[] latents, String modality, long length, long index, float[] values) {
    ModalitySpec spec = config.modality(modality);
    float[] inputs = inputs(modality, spec, length, Math.multiplyExact(index, PART), values);
    int rows = inputs.length / config.inputChannels();
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      Tensor x = scope.upload(Shape.matrix(rows, config.inputChannels()), inputs, 0);
      Tensor y = form.layers().get(pass).cross().applyToPart(scope, z, x);
      float[] out = new float[(int) y.shape().size()];
      scope.download(y, out, 0);
      return out;
    }
  }

  @Override
  public float[] next(int pass, float[] latents, Map<String, Iterator<Node>> nodes) {
    AttendedParts found = found(pass);
    for (Map.Entry<String, Iterator<Node>> e : new TreeMap<>(nodes).entrySet()) {
      for (int i = 0; e.getValue().hasNext(); i++) {
        Node node = inOrder(e.getKey(), e.getValue().next(), i);
        if (node.level() != pass) {
          throw new IllegalArgumentException(
              "Invalid node: of pass " + node.level() + " (expected " + pass + ")");
        }
        found.accept(node.latents());
      }
    }
    return next(pass, latents, found);
  }

  private AttendedParts found(int pass) {
    CrossAttention attention = form.layers().get(pass).cross().attention();
    int heads = attention.heads();
    return new AttendedParts(
        config.latents(),
        heads,
        attention.value().outputs() / heads,
        1 / Math.sqrt(attention.query().outputs() / (double) heads));
  }

  private float[] next(int pass, float[] latents, AttendedParts found) {
    Perceiver.Layer layer = form.layers().get(pass);
    float[] attended = found.finish();
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      Shape shape = Shape.matrix(config.latents(), attended.length / config.latents());
      z = layer.cross().applyAttended(scope, z, scope.upload(shape, attended, 0));
      for (SelfBlock block : layer.selfLayers()) {
        z = block.apply(scope, z);
      }
      float[] out = new float[latents.length];
      scope.download(z, out, 0);
      return out;
    }
  }

  @Override
  public float[] embedding(float[] latents) {
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      float[] out = new float[embeddingDim()];
      scope.download(form.classify(scope, z), out, 0);
      return out;
    }
  }

  private int width(ModalitySpec spec) {
    return spec instanceof ModalitySpec.Text ? 1 : spec.channels();
  }

  /**
   * Tokens [n, c] or ids [n] from a place on, with their places and their modality's code: [n,
   * inputChannels].
   */
  private float[] inputs(
      String modality, ModalitySpec spec, long length, long from, float[] tokens) {
    boolean text = spec instanceof ModalitySpec.Text;
    float[] own = text ? embedded(modality, tokens) : tokens;
    int width = text ? config.embeddingChannels() : spec.channels();
    int n = own.length / width;
    if (length > MOST) {
      throw new IllegalArgumentException(
          "Invalid " + modality + ": " + length + " tokens (at most " + MOST + ")");
    }
    float[] at =
        FourierFeatures.of(config.bands(), List.of((int) length))
            .range((int) length, (int) from, n);
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
