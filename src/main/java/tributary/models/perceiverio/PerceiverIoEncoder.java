package tributary.models.perceiverio;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.encode.Calls;
import tributary.encode.Encoder;
import tributary.encode.Rows;
import tributary.merge.Node;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * Perceiver IO's language and image models for the job; the embedding is the mean over the latents.
 * A record's text is one subsequence, [CLS] its bytes [SEP], byte b as id b + 6; a record without
 * text is that of the empty text. A record's picture is one subsequence of normalised pixels; a
 * record without one is that of all zeros, the mean colour of ImageNet. Its node holds the
 * embedding alone. JVM-wide, immutable, used by many threads at once.
 */
public final class PerceiverIoEncoder implements Encoder {
  /** Ids of the byte tokenizer; 0 is PAD, 1 BOS, 2 EOS, 3 MASK, then come the bytes. */
  static final int CLS = 4;

  static final int SEP = 5;
  static final int FIRST_BYTE = 6;

  private final PerceiverIoModel model;
  private final Backend backend;
  private final Calls calls;
  private final ModalitySpec.@Nullable Pixels pixels; // null for a text
  private final Map<String, float[]> empty = new ConcurrentHashMap<>();

  /**
   * Uploads the weights.
   *
   * @throws IllegalArgumentException for a task whose inputs the job can't make
   */
  public PerceiverIoEncoder(Model model, Backend backend) {
    this.model = new PerceiverIoModel(model, backend);
    this.backend = backend;
    this.calls = Calls.of(this.model.config(), backend);
    Problems problems = new Problems();
    this.model.config().checkEncodesRecords(problems);
    if (!problems.none()) {
      this.model.close();
      throw new IllegalArgumentException(String.join("; ", problems.all()));
    }
    this.pixels = this.model.config().pixels();
  }

  /** A text can't be cut. */
  @Override
  public long subsequenceTokens() {
    return Long.MAX_VALUE;
  }

  @Override
  public int embeddingDim() {
    return model.config().embeddingDim();
  }

  @Override
  public List<Node> encode(List<Subsequence> subsequences) {
    List<Node> nodes = new ArrayList<>();
    List<int[]> ids = new ArrayList<>();
    for (Subsequence s : subsequences) {
      if (s.index() != 0) {
        throw Invalid.argument(
            "subsequence", "index " + s.index(), "0: perceiver-io takes a text whole");
      }
      ModalitySpec spec = model.config().modality(s.modality());
      if (pixels == null) {
        ids.add(ids(s, spec));
      } else {
        nodes.add(new Node(s.modality(), 0, 0, s.tokens(), picture(pixels, Rows.of(s, spec))));
      }
    }
    float[][] embeddings = embed(ids);
    for (int i = 0; i < embeddings.length; i++) {
      nodes.add(
          new Node(
              subsequences.get(i).modality(), 0, 0, subsequences.get(i).tokens(), embeddings[i]));
    }
    return nodes;
  }

  /** A picture on its own: the size of a call's inputs is that of one, whatever the batch. */
  private float[] picture(ModalitySpec.Pixels spec, Rows rows) {
    return picture(values(spec, rows), spec.size());
  }

  /** All pixels: [side, side, channels]. */
  static float[] values(ModalitySpec.Pixels spec, Rows rows) {
    int side = spec.size();
    if (rows.count() != side * side) {
      throw Invalid.argument("picture", rows.count() + " tokens", side * side + ", one a pixel");
    }
    float[] values = new float[side * side * spec.channels()];
    rows.values(0, rows.count(), values, 0);
    return values;
  }

  private float[] picture(float[] values, int side) {
    try (Scope scope = backend.open(0)) {
      return calls.run(
          scope,
          1,
          embeddingDim(),
          (s, from, to) -> {
            Tensor x = model.inputs().picture(s, values, side, side);
            return model.embed(s, model.latents(s, x, null));
          });
    }
  }

  private float[] nothing() {
    if (pixels == null) {
      return embed(List.of(new int[] {CLS, SEP}))[0];
    }
    int side = pixels.size();
    return picture(new float[side * side * pixels.channels()], side);
  }

  static int[] ids(Subsequence s, ModalitySpec spec) {
    Rows rows = Rows.of(s, spec);
    int[] ids = new int[rows.count() + 2];
    rows.ids(0, rows.count(), ids, 1);
    for (int i = 1; i <= rows.count(); i++) {
      ids[i] += FIRST_BYTE;
    }
    ids[0] = CLS;
    ids[ids.length - 1] = SEP;
    return ids;
  }

  /** Texts of equal length go together, each apart from the rest. */
  private float[][] embed(List<int[]> texts) {
    float[][] out = new float[texts.size()][];
    int size = embeddingDim();
    try (Scope scope = backend.open(0)) {
      for (List<Integer> set : Calls.byShape(texts.size(), i -> texts.get(i).length)) {
        int n = texts.get(set.get(0)).length;
        float[][] all =
            calls.run(
                scope,
                set,
                size,
                (s, some) -> {
                  int[] ids = new int[some.size() * n];
                  for (int k = 0; k < some.size(); k++) {
                    System.arraycopy(texts.get(some.get(k)), 0, ids, k * n, n);
                  }
                  return model.embed(
                      s, model.latents(s, model.inputs().ids(s, ids, some.size()), null));
                });
        for (int k = 0; k < set.size(); k++) {
          out[set.get(k)] = all[k];
        }
      }
    }
    return out;
  }

  @Override
  public float[] finish(Map<String, Iterator<Node>> nodes) {
    nodes.keySet().forEach(model.config()::modality);
    for (Iterator<Node> own : nodes.values()) {
      if (own.hasNext()) {
        return own.next().latents();
      }
    }
    return empty.computeIfAbsent("", n -> nothing()).clone();
  }

  @Override
  public void close() {
    model.close();
  }
}
