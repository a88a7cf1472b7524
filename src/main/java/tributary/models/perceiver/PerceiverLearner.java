package tributary.models.perceiver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.attention.FourierFeatures;
import tributary.attention.Perceiver;
import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.encode.Channels;
import tributary.encode.Learner;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * The Perceiver of 2021 for learning: all fused records go through one call, the shorter ones
 * filled up with rows that may not be attended to. A token that may not be seen is left out, the
 * places of the others staying what they are. There is no decoder.
 */
public final class PerceiverLearner implements Learner {
  private final PerceiverConfig config;
  private final Weights weights;
  private final Perceiver form;
  private final Map<String, Tensor> tables = new LinkedHashMap<>(); // of texts, [1, rows, E]
  private final Map<String, Tensor> codes = new LinkedHashMap<>(); // [1, 1, rest of the width]

  public PerceiverLearner(Model model, Backend backend) {
    this.config = model.config(PerceiverConfig.class, "perceiver");
    this.weights = Weights.learning(model.weights(), backend);
    this.form = PerceiverEncoder.form(config, weights);
    config
        .modalities()
        .forEach(
            (name, spec) -> {
              codes.put(name, weights.table("modality." + name));
              if (spec instanceof ModalitySpec.Text) {
                tables.put(name, weights.table("embed." + name + ".table"));
              }
            });
  }

  @Override
  public Weights weights() {
    return weights;
  }

  @Override
  public int embeddingDim() {
    return config.embeddingDim();
  }

  @Override
  public boolean reconstructs() {
    return false;
  }

  @Override
  public void close() {
    weights.close();
  }

  /** The visible tokens of one modality of a view. */
  private record Seen(int view, Rows rows, int[] tokens) {}

  /** One modality of a view. */
  private record Part(int view, String modality) {}

  @Override
  public Encoded encode(Scope tape, List<View> views) {
    views.forEach(v -> v.modalities().keySet().forEach(config::modality));
    List<Tensor> tables = new ArrayList<>();
    Map<Part, int[]> rows = new HashMap<>(); // of the table of all inputs
    int next = 0;
    for (Map.Entry<String, ModalitySpec> modality : config.modalities().entrySet()) {
      String name = modality.getKey();
      List<Seen> seen = new ArrayList<>();
      for (int v = 0; v < views.size(); v++) {
        Masked masked = views.get(v).modalities().get(name);
        if (masked != null) {
          Seen own = seen(v, name, modality.getValue(), masked);
          rows.put(new Part(v, name), IntStream.range(next, next + own.tokens().length).toArray());
          next += own.tokens().length;
          seen.add(own);
        }
      }
      if (seen.stream().anyMatch(s -> s.tokens().length > 0)) {
        tables.add(inputs(tape, name, modality.getValue(), seen));
      }
    }
    Shape filler = Shape.vector(config.inputChannels());
    tables.add(tape.upload(filler, new float[config.inputChannels()], 0));
    return new PerceiverEncoded(tape, tape.concatRows(tables), rows, next);
  }

  private static Seen seen(int view, String name, ModalitySpec spec, Masked masked) {
    Rows rows = Rows.of(masked.tokens(), spec);
    boolean[] visible = masked.visible();
    if (visible != null && visible.length != rows.count()) {
      throw Invalid.argument(
          "visible of " + name, visible.length + " flags", rows.count() + " tokens");
    }
    int[] tokens =
        IntStream.range(0, rows.count()).filter(t -> visible == null || visible[t]).toArray();
    return new Seen(view, rows, tokens);
  }

  /** What is attended to of one modality, of all views: [1, visible tokens, width]. */
  private Tensor inputs(Scope tape, String name, ModalitySpec spec, List<Seen> seen) {
    boolean text = spec instanceof ModalitySpec.Text;
    int width = config.inputChannels();
    int own = text ? config.embeddingChannels() : spec.channels();
    int n = seen.stream().mapToInt(s -> s.tokens().length).sum();
    float[] fixed = new float[Math.multiplyExact(n, width)]; // values and places
    int[] ids = new int[n];
    int row = 0;
    for (Seen s : seen) {
      int length = s.rows().count();
      FourierFeatures features = FourierFeatures.of(config.bands(), List.of(length));
      float[] places = features.range(length, 0, length);
      int bands = features.channels();
      for (int token : s.tokens()) {
        if (text) {
          s.rows().ids(token, 1, ids, row);
        } else {
          s.rows().values(token, 1, fixed, row * width);
        }
        System.arraycopy(places, token * bands, fixed, row * width + own, bands);
        row++;
      }
    }
    Tensor code = Objects.requireNonNull(codes.get(name), name);
    int last = config.tokenChannels(spec);
    Tensor wide =
        tape.linear(code, Channels.placing(tape, width - last, last, width), Activation.NONE);
    Tensor x = tape.add(tape.upload(Shape.matrix(n, width), fixed, 0), wide);
    if (!text) {
      return x;
    }
    Tensor embedded = tape.lookup(Objects.requireNonNull(tables.get(name), name), ids);
    return tape.linearPlus(embedded, Channels.placing(tape, own, 0, width), x);
  }

  /** Views whose inputs are there. */
  private final class PerceiverEncoded implements Encoded {
    private final Scope tape;
    private final Tensor inputs; // [1, all visible tokens and one row of zeros, width]
    private final Map<Part, int[]> rows;
    private final int filler;

    PerceiverEncoded(Scope tape, Tensor inputs, Map<Part, int[]> rows, int filler) {
      this.tape = tape;
      this.inputs = inputs;
      this.rows = rows;
      this.filler = filler;
    }

    @Override
    public Tensor embeddings(List<Fused> fused) {
      List<int[]> all = fused.stream().map(this::rows).toList();
      int most = Math.max(1, all.stream().mapToInt(r -> r.length).max().orElse(0));
      int[] rows = new int[fused.size() * most];
      Arrays.fill(rows, filler);
      boolean[] allowed = new boolean[rows.length];
      for (int k = 0; k < all.size(); k++) {
        System.arraycopy(all.get(k), 0, rows, k * most, all.get(k).length);
        Arrays.fill(allowed, k * most, k * most + all.get(k).length, true);
      }
      boolean whole = all.stream().allMatch(r -> r.length == most);
      @Nullable Mask mask = whole ? null : new Mask(allowed, fused.size(), 1, most);
      Shape shape = new Shape(fused.size(), most, config.inputChannels());
      Tensor x = tape.reshape(tape.lookup(inputs, rows), shape);
      return form.classify(tape, form.encode(tape, x, mask));
    }

    /** A record's inputs, its modalities in the order of their names. */
    private int[] rows(Fused fused) {
      return fused.modalities().stream()
          .flatMapToInt(
              name -> {
                int[] own = rows.get(new Part(fused.view(), name));
                if (own == null) {
                  throw Invalid.argument(
                      "modality", name + " of view " + fused.view(), "present there");
                }
                return IntStream.of(own);
              })
          .toArray();
    }

    @Override
    public Tensor reconstruct(String modality, List<Wanted> wanted) {
      throw new IllegalStateException(
          "Cannot reconstruct tokens: encoder perceiver has no decoder of its tokens");
    }
  }
}
