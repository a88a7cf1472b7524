package tributary.learn;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tributary.encode.Learner;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.encode.Learner.Wanted;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * What a learnt model makes of records that it did not learn from, for a run's page. Lives in a
 * task, used by one thread.
 */
public final class HeldOut {
  /** Records that are encoded together, and their tokens, at most; one alone may have more. */
  private static final int TOGETHER = 16;

  private static final long TOKENS = 1 << 16;

  private final Learner learner;
  private final Backend backend;
  private final SortedMap<String, ModalitySpec> modalities;
  private final RecordViews views;
  private final Objectives objectives;

  /**
   * @param settings as the run had them: what is hidden is drawn alike
   */
  public HeldOut(
      Learner learner,
      Backend backend,
      Map<String, ModalitySpec> modalities,
      LearningSettings settings) {
    this.learner = learner;
    this.backend = backend;
    this.modalities = new TreeMap<>(modalities);
    this.objectives = settings.objectives();
    this.views = RecordViews.of(settings, learner);
  }

  /**
   * One record's embedding.
   *
   * @param embedding [D], of all its tokens
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Embedded(String id, SortedMap<String, String> labels, float[] embedding)
      implements Serializable {}

  /**
   * One modality of a record as it was and as it was filled in; tokens from its first on.
   *
   * @param original values [n, channels]; bytes as numbers [n]
   * @param made values [n, channels], normalisation undone by the original's mean and deviation;
   *     the likeliest bytes [n]
   * @param visible [n]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Made(String id, String modality, float[] original, float[] made, boolean[] visible)
      implements Serializable {}

  /** The embeddings of records with tokens, in their order. */
  public List<Embedded> embeddings(List<LearningRecord> records) {
    List<LearningRecord> some = records.stream().filter(r -> !r.tokens().isEmpty()).toList();
    List<Embedded> made = new ArrayList<>();
    int d = learner.embeddingDim();
    int to;
    for (int from = 0; from < some.size(); from = to) {
      to = together(some, from);
      List<LearningRecord> own = some.subList(from, to);
      try (Scope scope = backend.open(0)) {
        Learner.Encoded encoded =
            learner.encode(scope, own.stream().map(RecordViews::whole).toList());
        List<Fused> all = new ArrayList<>();
        for (int r = 0; r < own.size(); r++) {
          all.add(new Fused(r, new TreeSet<>(own.get(r).tokens().keySet())));
        }
        float[] values = scope.values(encoded.embeddings(all));
        for (int r = 0; r < own.size(); r++) {
          float[] embedding = Arrays.copyOfRange(values, r * d, (r + 1) * d);
          made.add(new Embedded(own.get(r).id(), own.get(r).labels(), embedding));
        }
      }
    }
    return made;
  }

  /** Where the records end that are encoded together with the one at a place. */
  private static int together(List<LearningRecord> records, int from) {
    long tokens = 0;
    int to = from;
    while (to < records.size() && to - from < TOGETHER) {
      tokens += records.get(to).counts().values().stream().mapToLong(n -> n).sum();
      if (to > from && tokens > TOKENS) {
        break;
      }
      to++;
    }
    return to;
  }

  /** Every modality of a record with tokens hidden and filled in; those with nothing hidden not. */
  public List<Made> reconstruction(LearningRecord record) {
    List<Made> all = new ArrayList<>();
    if (!learner.reconstructs() || record.tokens().isEmpty()) {
      return all;
    }
    RecordViews.Hiding hiding = views.masked(record, 0);
    SortedSet<String> seen = new TreeSet<>(hiding.view().modalities().keySet());
    try (Scope scope = backend.open(0)) {
      Learner.Encoded encoded = learner.encode(scope, List.of(hiding.view()));
      for (Map.Entry<String, int[]> hidden : hiding.hidden().entrySet()) {
        Wanted wanted = new Wanted(new Fused(0, seen), hidden.getValue());
        Tensor made = encoded.reconstruct(hidden.getKey(), List.of(wanted));
        all.add(made(record, hiding.view(), hidden.getKey(), hidden.getValue(), scope, made));
      }
    }
    return all;
  }

  private Made made(
      LearningRecord record, View view, String name, int[] hidden, Scope scope, Tensor tokens) {
    ModalitySpec spec = Objects.requireNonNull(modalities.get(name));
    Masked masked = Objects.requireNonNull(view.modalities().get(name));
    Rows truth = Rows.of(masked.tokens(), spec);
    int n = truth.count();
    boolean text = spec instanceof ModalitySpec.Text;
    int channels = text ? 1 : spec.channels();
    float[] original = new float[n * channels];
    if (text) {
      int[] ids = new int[n];
      truth.ids(0, n, ids, 0);
      for (int i = 0; i < n; i++) {
        original[i] = ids[i];
      }
    } else {
      truth.values(0, n, original, 0);
    }
    float[] made = original.clone();
    float[] values = scope.values(tokens);
    for (int i = 0; i < hidden.length; i++) {
      if (text) {
        made[hidden[i]] = likeliest(values, i * spec.channels());
      } else {
        fill(values, i * channels, made, hidden[i] * channels, channels);
      }
    }
    boolean[] visible = new boolean[n];
    boolean @Nullable [] seen = masked.visible();
    for (int i = 0; i < n; i++) {
      visible[i] = seen == null || seen[i];
    }
    return new Made(record.id(), name, original, made, visible);
  }

  private static int likeliest(float[] logits, int at) {
    int best = 0;
    for (int b = 1; b < 256; b++) {
      best = logits[at + b] > logits[at + best] ? b : best;
    }
    return best;
  }

  /** Where targets were normalised the pattern is shown with the original's mean and deviation. */
  private void fill(float[] from, int at, float[] to, int place, int channels) {
    double mean = 0;
    double deviation = 1;
    if (objectives.masking().normalize() && channels > 1) {
      for (int c = 0; c < channels; c++) {
        mean += to[place + c];
      }
      mean /= channels;
      double variance = 0;
      for (int c = 0; c < channels; c++) {
        variance += (to[place + c] - mean) * (to[place + c] - mean);
      }
      deviation = Math.sqrt(variance / channels + Objectives.Masking.EPSILON);
    }
    for (int c = 0; c < channels; c++) {
      to[place + c] = (float) (from[at + c] * deviation + mean);
    }
  }
}
