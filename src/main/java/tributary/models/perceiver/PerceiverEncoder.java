package tributary.models.perceiver;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.attention.CrossAttention;
import tributary.attention.CrossBlock;
import tributary.attention.FoldedAttention;
import tributary.attention.Perceiver;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Calls;
import tributary.encode.PassEncoder;
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
  static final int PART = 1 << 12;

  private final PerceiverConfig config;
  private final Weights weights;
  private final Backend backend;
  private final PerceiverTokens tokens;
  private final Perceiver form;

  /** By pass; null where folding saves nothing. */
  private final List<@Nullable FoldedAttention> folded = new ArrayList<>();

  public PerceiverEncoder(Model model, Backend backend) {
    PerceiverConfig c = model.config(PerceiverConfig.class, "perceiver");
    this.config = c;
    this.weights = new Weights(model.weights(), backend);
    this.backend = backend;
    this.tokens = new PerceiverTokens(c, weights);
    this.form = form(c, weights);
    for (int pass = 0; pass < c.depth(); pass++) {
      folded.add(c.tieLayers() && pass > 1 ? folded.get(1) : folded(pass));
    }
  }

  static Perceiver form(PerceiverConfig c, Weights weights) {
    return Perceiver.of(
        weights,
        new Perceiver.Options(
            c.depth(),
            c.tieLayers(),
            c.crossHeads(),
            c.selfLayers(),
            c.selfHeads(),
            Calls.activation(c.activation())));
  }

  private @Nullable FoldedAttention folded(int pass) {
    CrossAttention attention = form.layers().get(pass).cross().attention();
    return FoldedAttention.saves(attention, config.latents())
        ? FoldedAttention.of(weights, "layers." + pass + ".cross.attention", attention)
        : null;
  }

  /** Whether keys and values of the first pass are folded into the latents. */
  boolean folds() {
    return folded.get(0) != null;
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
      if (s.tokens() < 1 || s.tokens() > PART) {
        throw Invalid.argument("subsequence", s.tokens() + " tokens", "1 to " + PART);
      }
      nodes.add(new Node(s.modality(), 0, s.index(), s.tokens(), tokens.values(s)));
    }
    return nodes;
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
        long length = values / tokens.width(e.getKey());
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
      throw Invalid.argument(
          "node", "index " + node.index() + " of " + modality, "expected " + expected);
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
  public Node attend(int pass, float[] latents, Map<String, Long> lengths, Subsequence part) {
    Long length = lengths.get(part.modality());
    if (length == null) {
      throw Invalid.argument("subsequence", "of " + part.modality(), "of " + lengths.keySet());
    }
    float[] values = tokens.values(part);
    float[] found = attend(pass, latents, part.modality(), length, part.index(), values);
    return new Node(part.modality(), pass, part.index(), part.tokens(), found);
  }

  /** What latents [K, C] find in one part of a modality: [K, heads * (e + 2)]. */
  private float[] attend(
      int pass, float[] latents, String modality, long length, long index, float[] values) {
    float[] inputs = tokens.inputs(modality, length, Math.multiplyExact(index, PART), values);
    int rows = inputs.length / config.inputChannels();
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      Tensor x = scope.upload(Shape.matrix(rows, config.inputChannels()), inputs, 0);
      CrossBlock cross = form.layers().get(pass).cross();
      FoldedAttention fold = folded.get(pass);
      Tensor y =
          fold == null ? cross.applyToPart(scope, z, x) : cross.applyToPart(scope, fold, z, x);
      float[] out = scope.values(y);
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
          throw Invalid.argument("node", "of pass " + node.level(), "expected " + pass);
        }
        found.accept(node.latents());
      }
    }
    return next(pass, latents, found);
  }

  private AttendedParts found(int pass) {
    CrossAttention attention = form.layers().get(pass).cross().attention();
    int heads = attention.heads();
    double scale = 1 / Math.sqrt(attention.query().outputs() / (double) heads);
    return folded.get(pass) == null
        ? new AttendedParts(config.latents(), heads, attention.value().outputs() / heads, scale)
        : new AttendedParts(heads * config.latents(), 1, config.inputChannels(), scale);
  }

  private float[] next(int pass, float[] latents, AttendedParts found) {
    Perceiver.Layer layer = form.layers().get(pass);
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      z =
          found.empty()
              ? layer.cross().applyToNothing(scope, z)
              : layer.cross().applyAttended(scope, z, attended(scope, pass, found));
      for (SelfBlock block : layer.selfLayers()) {
        z = block.apply(scope, z);
      }
      float[] out = scope.values(z);
      return out;
    }
  }

  /** [1, K, heads * e]. */
  private Tensor attended(Scope scope, int pass, AttendedParts found) {
    float[] values = found.finish();
    FoldedAttention fold = folded.get(pass);
    int rows = fold == null ? config.latents() : values.length / config.inputChannels();
    Tensor x = scope.upload(Shape.matrix(rows, values.length / rows), values, 0);
    return fold == null ? x : fold.values(scope, x);
  }

  @Override
  public float[] embedding(float[] latents) {
    try (Scope scope = backend.open(0)) {
      Tensor z = scope.upload(form.latents().shape(), latents, 0);
      float[] out = scope.values(form.classify(scope, z));
      return out;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
