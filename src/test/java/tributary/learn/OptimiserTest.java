package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.Weight;
import tributary.tensor.Tolerance;

/** AdamW against PyTorch, LAMB against its formulas in double. */
class OptimiserTest {
  private static final int N = 6;
  private static final int STEPS = 5;

  /** Weights 0.5 sin(0.7 i + 0.3). */
  private static float[] start() {
    float[] w = new float[N];
    for (int i = 0; i < N; i++) {
      w[i] = (float) (0.5 * Math.sin(0.7 * i + 0.3));
    }
    return w;
  }

  /** Gradient of step t: cos(1.3 i + 0.9 t) (0.1 + 0.05 t). */
  private static float[] gradient(int t) {
    float[] g = new float[N];
    for (int i = 0; i < N; i++) {
      g[i] = (float) (Math.cos(1.3 * i + 0.9 * t) * (0.1 + 0.05 * t));
    }
    return g;
  }

  private static float rate(int t) {
    return 1e-2f / (t + 1);
  }

  private static Parameters matrix(String name) {
    return Parameters.of(Map.of(name, new long[] {2, N / 2}));
  }

  /**
   * torch 2.13.0, float64: AdamW([w], lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05), lr 1e-2
   * / (t + 1) set before each of the five steps.
   */
  @Test
  void adamWIsPyTorchs() {
    double[] decayed = {
      0.13256748359988796,
      0.4186080017274263,
      0.5132741142399984,
      0.34546941487324623,
      0.0011571019576634466,
      -0.31896174916585185
    };
    double[] kept = {
      0.13272740532313648,
      0.4190835136186322,
      0.51384906205464,
      0.3458617978700855,
      0.0011717271527203563,
      -0.3193192623266166
    };
    double[] first = {
      -0.03756674461639657,
      -0.029977799723762407,
      0.021528691994698743,
      0.04149559950456531,
      0.0006713565263937111,
      -0.04113642533576572
    };
    double[] second = {
      0.00014409756198823182,
      7.814010812777512e-05,
      0.0001393237365608209,
      0.00010042606423211465,
      0.00010590439170046665,
      0.00013541342963936694
    };
    AdamW adamW = new AdamW(matrix("m.weight"), AdamSettings.adamW(0.05));
    close("with decay", run(adamW, start()), decayed, 0.5);
    close("first", values(adamW, "first.m.weight"), first, 0.05);
    close("second", values(adamW, "second.m.weight"), second, 1.5e-4);
    close("table", run(new AdamW(matrix("m.table"), AdamSettings.adamW(0.05)), start()), kept, 0.5);
  }

  private static float[] values(Optimiser optimiser, String name) {
    return optimiser
        .moments()
        .getOrDefault(name, new Weight(new long[] {0}, new float[0]))
        .values();
  }

  private static float[] run(Optimiser optimiser, float[] w) {
    for (int t = 0; t < STEPS; t++) {
      optimiser.step(t, w, gradient(t), rate(t));
    }
    return w;
  }

  /** A few roundings per step of values of that size. */
  private static void close(String what, float[] actual, double[] expected, double size) {
    float[] rounded = new float[expected.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) expected[i];
    }
    Tolerance.roundings(2 * STEPS, size).check(what, actual, rounded);
  }

  /** Three tensors, one of them zero at first; the ratio is each one's own. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void lambIsItsFormulasInDouble(long seed) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("a.weight", new long[] {5, 7});
    shapes.put("a.bias", new long[] {5});
    shapes.put("latents", new long[] {3, 4});
    Parameters parameters = Parameters.of(shapes);
    Random random = new Random(seed);
    float[] w = new float[parameters.size()];
    for (int i = 5; i < w.length; i++) {
      w[i] = (float) random.nextGaussian();
    }
    AdamSettings settings = AdamSettings.lamb(0.01);
    Lamb lamb = new Lamb(parameters, settings);
    double[] m = new double[w.length];
    double[] v = new double[w.length];
    double[] expected = new double[w.length];
    Arrays.setAll(expected, i -> w[i]);
    for (int t = 0; t < STEPS; t++) {
      float[] g = new float[w.length];
      for (int i = 0; i < g.length; i++) {
        g[i] = (float) random.nextGaussian();
      }
      lamb.step(t, w, g, rate(t));
      for (Parameters.Tensor p : parameters.tensors()) {
        oracle(p, settings, t, expected, m, v, g);
      }
      close("seed " + seed + ", step " + t, w, expected, 4);
    }
  }

  private static void oracle(
      Parameters.Tensor p, AdamSettings s, int t, double[] w, double[] m, double[] v, float[] g) {
    double[] u = new double[p.size()];
    double length = 0;
    double stride = 0;
    for (int i = p.offset(); i < p.end(); i++) {
      m[i] = s.beta1() * m[i] + (1 - s.beta1()) * g[i];
      v[i] = s.beta2() * v[i] + (1 - s.beta2()) * g[i] * g[i];
      double mean = m[i] / (1 - Math.pow(s.beta1(), t + 1));
      double square = v[i] / (1 - Math.pow(s.beta2(), t + 1));
      double decay = p.name().equals("a.weight") ? s.decay() : 0;
      double step = mean / (Math.sqrt(square) + s.epsilon()) + decay * w[i];
      u[i - p.offset()] = step;
      length += w[i] * w[i];
      stride += step * step;
    }
    double trust = length > 0 ? Math.sqrt(length) / Math.sqrt(stride) : 1;
    for (int i = p.offset(); i < p.end(); i++) {
      w[i] -= rate(t) * trust * u[i - p.offset()];
    }
  }

  /** Each makes one anew. */
  static Stream<Optimiser> both() {
    return fresh().stream();
  }

  private static List<Optimiser> fresh() {
    Parameters parameters = matrix("m.weight");
    return List.of(
        new AdamW(parameters, AdamSettings.adamW(0.1)), new Lamb(parameters, AdamSettings.lamb(0)));
  }

  @Test
  void goesOnFromItsMomentsBitByBit() {
    for (int which = 0; which < 2; which++) {
      float[] whole = run(fresh().get(which), start());
      float[] w = start();
      Optimiser one = fresh().get(which);
      for (int t = 0; t < 3; t++) {
        one.step(t, w, gradient(t), rate(t));
      }
      Optimiser two = fresh().get(which);
      two.restore(one.moments());
      for (int t = 3; t < STEPS; t++) {
        two.step(t, w, gradient(t), rate(t));
      }
      assertThat(w).isEqualTo(whole);
      assertThat(values(two, "second.m.weight")).isEqualTo(squaresOfAll(which));
    }
  }

  private static float[] squaresOfAll(int which) {
    Optimiser whole = fresh().get(which);
    run(whole, start());
    return values(whole, "second.m.weight");
  }

  @ParameterizedTest
  @MethodSource("both")
  void aGradientOfZeroMovesNothingButByDecay(Optimiser optimiser) {
    float[] w = start();
    optimiser.step(0, w, new float[N], 0.5f);
    float[] expected = start();
    for (int i = 0; i < N; i++) {
      expected[i] *= optimiser instanceof AdamW ? 0.95f : 1;
    }
    assertThat(w).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("both")
  void theGradientIsLeftAsItIs(Optimiser optimiser) {
    float[] g = gradient(0);
    optimiser.step(0, start(), g, 0.5f);
    assertThat(g).isEqualTo(gradient(0));
  }

  @ParameterizedTest
  @MethodSource("both")
  void whatCanNotBeIsRefused(Optimiser optimiser) {
    float[] w = start();
    List<String> said = new ArrayList<>();
    said.add(message(() -> optimiser.step(-1, w, w, 1)));
    said.add(message(() -> optimiser.step(0, new float[2], w, 1)));
    said.add(message(() -> optimiser.step(0, w, new float[7], 1)));
    said.add(message(() -> optimiser.step(0, w, w, Float.NaN)));
    Weight any = new Weight(new long[] {1}, new float[1]);
    said.add(message(() -> optimiser.restore(Map.of("third.m.weight", any))));
    assertThat(said)
        .containsExactly(
            "Invalid step: -1 (0 or more)",
            "Invalid weights: 2 values (parameters: 6)",
            "Invalid gradient: 7 values (parameters: 6)",
            "Invalid rate: NaN (0 or more)",
            "Invalid moment: third.m.weight (first.NAME or second.NAME)");
    assertThatThrownBy(() -> optimiser.restore(Map.of()))
        .hasMessage("Invalid weights: m.weight is missing (shape [2, 3])");
    assertThat(w).isEqualTo(start());
  }

  private static String message(Runnable action) {
    try {
      action.run();
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    return "nothing";
  }

  @Test
  void settingsThatCanNotBeAreRefused() {
    assertThatThrownBy(() -> new AdamSettings(1, 0.9, 1e-8, 0))
        .hasMessage("Invalid beta1: 1.0 (at least 0, below 1)");
    assertThatThrownBy(() -> new AdamSettings(0.9, Double.NaN, 1e-8, 0))
        .hasMessage("Invalid beta2: NaN (at least 0, below 1)");
    assertThatThrownBy(() -> new AdamSettings(0.9, 0.9, 1e-60, 0))
        .hasMessage("Invalid epsilon: 1.0E-60 (above 0 in float, below 1)");
    assertThatThrownBy(() -> AdamSettings.adamW(-1)).hasMessage("Invalid decay: -1.0 (0 or more)");
  }
}
