package tributary.models.hip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.encode.Embedding;
import tributary.encode.Learner.Encoded;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.encode.Learner.Wanted;
import tributary.encode.Rows;
import tributary.encode.TapeRows;
import tributary.model.ModalitySpec;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * Views on their way through {@link HipLearner}: what level 0 makes of a modality is computed once
 * for all views, the levels above once for each set of fused modalities. Lives as long as its tape.
 */
final class HipPass implements Encoded {
  /** Stands for the view of a modality that is absent. */
  private static final int ABSENT = -1;

  private final HipLearner model;
  private final HipConfig config;
  private final HipLayout layout;
  private final Scope tape;
  private final List<View> views;
  private final Map<String, TapeRows<Integer>> first = new LinkedHashMap<>(); // by view
  private final List<TapeRows<Fused>> levels = new ArrayList<>();
  private final Map<String, Tensor> positions = new LinkedHashMap<>(); // [1, length, E] each

  HipPass(HipLearner model, Scope tape, List<View> views) {
    this.model = model;
    this.config = model.config();
    this.layout = model.layout();
    this.tape = tape;
    this.views = List.copyOf(views);
    views.forEach(v -> v.modalities().keySet().forEach(model::embedding));
    for (String name : config.modalities().keySet()) {
      positions.put(name, model.positions(tape, name));
      List<Integer> own = new ArrayList<>();
      for (int v = 0; v < views.size(); v++) {
        if (views.get(v).modalities().containsKey(name)) {
          own.add(v);
        }
      }
      first.put(name, new TapeRows<>(tape));
      first(name, own);
    }
    for (int i = 0; i < config.levels(); i++) {
      levels.add(new TapeRows<>(tape));
    }
  }

  @Override
  public Tensor embeddings(List<Fused> fused) {
    return tape.meanRows(level(config.processor(), fused));
  }

  @Override
  public Tensor reconstruct(String modality, List<Wanted> wanted) {
    HipHeads heads = model.heads();
    List<Fused> from = wanted.stream().map(Wanted::from).distinct().toList();
    boolean label = config.isLabel(modality);
    int i = model.names().indexOf(modality);
    Tensor codes = label ? label(heads, modality, from) : groups(heads, modality, i, from);
    int per = label ? config.length(modality) : layout.perGroup(i);
    int size = label ? per : layout.size();
    int groups = label ? 1 : layout.groups()[i];
    int[] rows =
        wanted.stream()
            .flatMapToInt(
                w -> {
                  int record = from.indexOf(w.from());
                  int most = tokens(w.from(), modality);
                  return Arrays.stream(w.tokens())
                      .map(t -> (record * groups + within(t, most) / per) * size + t % per);
                })
            .toArray();
    Shape all = Shape.matrix(from.size() * groups * size, codes.shape().channels());
    return heads.tokens(tape, modality, tape.lookup(tape.reshape(codes, all), rows));
  }

  /** How many tokens of a modality there are to be reconstructed. */
  private int tokens(Fused from, String modality) {
    Masked masked = from.modalities().contains(modality) ? masked(from.view(), modality) : null;
    if (masked == null) {
      throw Invalid.argument("modality", modality + " of view " + from.view(), "fused there");
    }
    return masked.tokens().tokens();
  }

  private static int within(int token, int most) {
    if (token < 0 || token >= most) {
      throw Invalid.argument("token", token, "one of " + most);
    }
    return token;
  }

  /** A label's codes attend to the processor's latents: [records, length, C]. */
  private Tensor label(HipHeads heads, String modality, List<Fused> from) {
    return heads.attend(tape, modality, positions(modality), level(config.processor(), from));
  }

  /** The grouped codes of modality i attend to its groups' latents: [records * groups, size, E]. */
  private Tensor groups(HipHeads heads, String modality, int i, List<Fused> from) {
    int last = config.levels() - 1;
    int rows = config.zIndexDim().get(last);
    int start = layout.start()[i];
    int groups = layout.groups()[i];
    int size = layout.size();
    int e = config.numEmbeddingChannels();
    Tensor z = level(last, from); // [records, G0 K, C]
    Tensor own = tape.rows(z, start * rows, (start + groups) * rows);
    Tensor q = model.grouped(tape, i, positions(modality)); // [groups, size, E]
    Tensor queries = tape.repeat(tape.reshape(q, Shape.matrix(groups * size, e)), from.size());
    Shape shape = new Shape(from.size() * groups, rows, z.shape().channels());
    return heads.attend(
        tape,
        modality,
        tape.reshape(queries, new Shape(from.size() * groups, size, e)),
        tape.reshape(own, shape));
  }

  /** The latents of level i, of all groups one after the other: [records, G K, C]. */
  Tensor level(int i, List<Fused> fused) {
    int rows = config.numGroups().get(i) * config.zIndexDim().get(i);
    int width = config.numZChannels().get(i);
    List<Fused> missing = levels.get(i).missing(fused);
    if (!missing.isEmpty()) {
      Tensor made = i == 0 ? joined(missing) : above(i, missing);
      levels.get(i).add(missing, tape.reshape(made, new Shape(missing.size(), rows, width)));
    }
    return levels.get(i).of(fused, rows, width);
  }

  /** Level 0: what the modalities' groups gave, absent ones among them. */
  private Tensor joined(List<Fused> fused) {
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < model.names().size(); i++) {
      int rows = layout.groups()[i] * config.zIndexDim().get(0);
      parts.add(first(model.names().get(i), fused, rows, config.numZChannels().get(0)));
    }
    return parts.size() == 1 ? parts.get(0) : tape.concatRows(parts);
  }

  /** Level i >= 1 from the level below. */
  private Tensor above(int i, List<Fused> fused) {
    int groups = config.numGroups().get(i);
    Tensor x = level(i - 1, fused);
    if (config.transposes()) {
      x = swapped(x, config.numGroups().get(i - 1));
    }
    if (i == config.processor()) {
      List<Tensor> parts = new ArrayList<>(List.of(x));
      for (String name : labels()) {
        parts.add(first(name, fused, config.length(name), config.codeChannels(name)));
      }
      x = parts.size() == 1 ? x : tape.concatRows(parts);
    }
    int from = config.skipFrom(i);
    Tensor skip = from < 0 ? null : split(level(from, fused), groups);
    return model.level(tape, i, split(x, groups), 0, groups, skip);
  }

  private List<String> labels() {
    return config.modalities().keySet().stream().filter(config::isLabel).toList();
  }

  /** [records, groups * n, c] as [records * groups, n, c]. */
  private Tensor split(Tensor x, int groups) {
    Shape s = x.shape();
    return tape.reshape(x, new Shape(s.groups() * groups, s.rows() / groups, s.channels()));
  }

  /** Latents [records, G K, C] as [records, K G, C]. */
  private Tensor swapped(Tensor x, int groups) {
    Shape s = x.shape();
    int rows = s.rows() / groups;
    int[] order = new int[s.groups() * s.rows()];
    for (int to = 0; to < order.length; to++) {
      int record = to / s.rows();
      int row = to % s.rows() / groups;
      order[to] = record * s.rows() + to % groups * rows + row;
    }
    Tensor flat = tape.reshape(x, Shape.matrix(order.length, s.channels()));
    return tape.reshape(tape.lookup(flat, order), s);
  }

  /** What a modality sends on for each of the fused: [fused, rows, channels]. */
  private Tensor first(String name, List<Fused> fused, int rows, int channels) {
    List<Integer> of =
        fused.stream()
            .map(f -> f.modalities().contains(name) ? checked(f.view(), name) : ABSENT)
            .toList();
    TapeRows<Integer> own = Objects.requireNonNull(first.get(name));
    first(name, own.missing(of));
    return own.of(of, rows, channels);
  }

  private int checked(int view, String name) {
    if (masked(view, name) == null) {
      throw Invalid.argument("modality", name + " of view " + view, "present there");
    }
    return view;
  }

  private Tensor positions(String modality) {
    return Objects.requireNonNull(positions.get(modality), modality);
  }

  private @Nullable Masked masked(int view, String name) {
    return views.get(view).modalities().get(name);
  }

  /** Computes what a modality sends on for some views: a label's codes, else level 0's latents. */
  private void first(String name, List<Integer> of) {
    if (of.isEmpty()) {
      return;
    }
    int i = model.names().indexOf(name);
    Tensor made = codes(name, of);
    if (i >= 0) {
      int groups = layout.groups()[i];
      Tensor x = model.grouped(tape, i, made);
      Tensor z = model.level(tape, 0, x, layout.start()[i], groups, null);
      made = tape.reshape(z, new Shape(of.size(), groups * z.shape().rows(), z.shape().channels()));
    }
    Objects.requireNonNull(first.get(name)).add(of, made);
  }

  /** The codes of a modality's tokens in some views: [views, length, E]. */
  private Tensor codes(String name, List<Integer> of) {
    Embedding embedding = model.embedding(name);
    Tensor positions = positions(name);
    int length = config.length(name);
    int channels = embedding.ids() ? 1 : embedding.spec().channels();
    if (embedding.ids()) {
      int[] ids = new int[of.size() * length];
      Arrays.fill(ids, ModalitySpec.Text.PAD);
      for (int k = 0; k < of.size(); k++) {
        ids(name, of.get(k), ids, k * length);
      }
      return embedding.apply(tape, ids, of.size(), positions);
    }
    float[] values = new float[of.size() * length * channels];
    for (int k = 0; k < of.size(); k++) {
      values(name, of.get(k), values, k * length * channels);
    }
    return embedding.apply(tape, values, of.size(), positions);
  }

  private void ids(String name, int view, int[] to, int at) {
    Masked masked = view == ABSENT ? null : masked(view, name);
    if (masked != null) {
      Rows rows = rows(name, masked);
      rows.ids(0, rows.count(), to, at);
      boolean[] visible = masked.visible();
      for (int t = 0; visible != null && t < visible.length; t++) {
        to[at + t] = visible[t] ? to[at + t] : ModalitySpec.Text.MASK;
      }
    }
  }

  private void values(String name, int view, float[] to, int at) {
    Masked masked = view == ABSENT ? null : masked(view, name);
    if (masked != null) {
      Rows rows = rows(name, masked);
      rows.values(0, rows.count(), to, at);
      boolean[] visible = masked.visible();
      int channels = model.embedding(name).spec().channels();
      for (int t = 0; visible != null && t < visible.length; t++) {
        if (!visible[t]) {
          Arrays.fill(to, at + t * channels, at + (t + 1) * channels, 0);
        }
      }
    }
  }

  private Rows rows(String name, Masked masked) {
    Rows rows = Rows.of(masked.tokens(), model.embedding(name).spec());
    if (rows.count() > config.length(name)) {
      throw Invalid.argument(name, rows.count() + " tokens", "at most " + config.length(name));
    }
    boolean[] visible = masked.visible();
    if (visible != null && visible.length != rows.count()) {
      throw Invalid.argument(
          "visible of " + name, visible.length + " flags", rows.count() + " tokens");
    }
    return rows;
  }
}
