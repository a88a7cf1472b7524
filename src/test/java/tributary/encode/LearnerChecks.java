package tributary.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tributary.encode.Learner.Fused;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.encode.Learner.Wanted;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.Weight;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;

/** Views for learners, and their gradients against finite differences of their own forward pass. */
public final class LearnerChecks {
  private static final double STEP = 1e-3;

  private LearnerChecks() {}

  /** A view of whole modalities. */
  public static View view(Map<String, Subsequence> record) {
    TreeMap<String, Masked> modalities = new TreeMap<>();
    record.forEach((name, s) -> modalities.put(name, new Masked(s, null)));
    return new View(modalities);
  }

  /** A view where one token in three is hidden, by seed. */
  public static View hidden(View view, long seed) {
    Random random = new Random(seed);
    TreeMap<String, Masked> modalities = new TreeMap<>();
    view.modalities()
        .forEach(
            (name, masked) -> {
              boolean[] visible = new boolean[masked.tokens().tokens()];
              for (int t = 0; t < visible.length; t++) {
                visible[t] = random.nextInt(3) > 0;
              }
              modalities.put(name, new Masked(masked.tokens(), visible));
            });
    return new View(modalities);
  }

  /** Everything of a view. */
  public static Fused all(List<View> views, int view) {
    return new Fused(view, new TreeSet<>(views.get(view).modalities().keySet()));
  }

  /** Some modalities of a view. */
  public static Fused some(int view, String... modalities) {
    SortedSet<String> names = new TreeSet<>(List.of(modalities));
    return new Fused(view, names);
  }

  /** Tokens of one modality by number. */
  public static Wanted tokens(Fused from, int... tokens) {
    return new Wanted(from, tokens);
  }

  /** All tokens of a modality. */
  public static Wanted every(List<View> views, Fused from, String modality) {
    Masked masked =
        Objects.requireNonNull(views.get(from.view()).modalities().get(modality), modality);
    return new Wanted(from, IntStream.range(0, masked.tokens().tokens()).toArray());
  }

  /** Random tokens for a modality. */
  public static Subsequence random(ModelConfig config, String modality, int n, long seed) {
    return Samples.whole(
        modality, config.modality(modality), Samples.tokens(config.modality(modality), n, seed));
  }

  /**
   * The gradient of half the sum of squares of some results, plus their products with fixed random
   * numbers, weight by weight: along the gradient itself (where it is 0: along a random direction)
   * it is the difference quotient of the loss. A float32 forward pass allows a part in 200.
   *
   * @param results what the loss is of, from a tape or a scope
   * @param asked the weights that the learner asks for must be those of the model but these
   */
  public static void differences(
      Model model,
      Learner learner,
      Backend backend,
      Function<Scope, List<Tensor>> results,
      SortedSet<String> asked) {
    Map<String, float[]> gradients = gradients(learner, backend, results);
    SortedSet<String> expected = new TreeSet<>(model.weights().keySet());
    expected.removeAll(asked);
    assertThat(new TreeSet<>(gradients.keySet())).isEqualTo(expected);
    double whole = gradients.values().stream().mapToDouble(g -> length(g)).max().orElse(0);
    assertThat(whole).isGreaterThan(0.1);
    SortedMap<String, float[]> sorted = new TreeMap<>(gradients);
    int zeros = 0;
    for (Map.Entry<String, float[]> e : sorted.entrySet()) {
      double length = length(e.getValue());
      zeros += length == 0 ? 1 : 0;
      float[] direction = length == 0 ? random(e.getValue().length) : e.getValue();
      double by = STEP / length(direction);
      double above = moved(model, learner, backend, results, e.getKey(), direction, by);
      double below = moved(model, learner, backend, results, e.getKey(), direction, -by);
      double quotient = (above - below) / (2 * STEP);
      assertThat(Math.abs(quotient - length))
          .as("%s: %s along the gradient of length %s", e.getKey(), quotient, length)
          .isLessThanOrEqualTo(length / 200 + whole / 2000);
    }
    assertThat(zeros).as("weights that nothing depends on").isLessThan(sorted.size() / 4);
  }

  /** The gradients of that loss. */
  public static Map<String, float[]> gradients(
      Learner learner, Backend backend, Function<Scope, List<Tensor>> results) {
    try (Scope scope = backend.open(0)) {
      Tape tape = learner.weights().tape(scope);
      List<Tensor> all = results.apply(tape);
      for (Tensor y : all) {
        float[] dy = tape.read(y);
        float[] fixed = random(dy.length);
        for (int i = 0; i < dy.length; i++) {
          dy[i] += fixed[i];
        }
        tape.seed(y, dy);
      }
      tape.backward();
      return learner.weights().gradients(tape);
    }
  }

  private static double moved(
      Model model,
      Learner learner,
      Backend backend,
      Function<Scope, List<Tensor>> results,
      String weight,
      float[] direction,
      double by) {
    Map<String, Weight> weights = new LinkedHashMap<>(model.weights());
    float[] values = Objects.requireNonNull(weights.get(weight)).values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (by * direction[i]);
    }
    learner.weights().update(name -> name.equals(weight) ? 0 : -1, values);
    double loss = 0;
    try (Scope scope = backend.open(0)) {
      for (Tensor y : results.apply(scope)) {
        float[] own = scope.values(y);
        float[] fixed = random(own.length);
        for (int i = 0; i < own.length; i++) {
          loss += own[i] * (0.5 * own[i] + fixed[i]);
        }
      }
    }
    learner.weights().update(name -> name.equals(weight) ? 0 : -1, values(weights, weight));
    return loss;
  }

  private static float[] values(Map<String, Weight> weights, String name) {
    return Objects.requireNonNull(weights.get(name), name).values();
  }

  private static double length(float[] x) {
    double sum = 0;
    for (float v : x) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  private static float[] random(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }

  /** The values of several results. */
  public static List<float[]> read(Scope scope, List<Tensor> results) {
    List<float[]> values = new ArrayList<>();
    results.forEach(y -> values.add(scope.values(y)));
    return values;
  }

  /** A subsequence or null of a view. */
  public static @Nullable Subsequence of(View view, String modality) {
    Masked masked = view.modalities().get(modality);
    return masked == null ? null : masked.tokens();
  }
}
