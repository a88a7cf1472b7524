package tributary.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.nd4j.TestBackends;

/**
 * The gradients of every operation that a tape takes, against central differences of {@link
 * Doubles}: of the loss sum(y dy) by every element of every operand.
 */
class FiniteDifferencesTest {
  private static final double STEP = 1e-6;

  /** Of the largest magnitude, at least 1: float32 results of sums that were taken in double. */
  private static final double ORACLE = 3e-6;

  /** Of kernels that take their sums, of a few terms here, in float32. */
  private static final double FLOATS = 2e-5;

  private static final List<Backend> BACKENDS = TestBackends.all();

  private static final int[][] SIZES = {{1, 1, 1}, {1, 4, 3}, {3, 1, 2}, {2, 5, 7}, {4, 3, 16}};

  /** One operation on operands of these shapes, in double and on a tape. */
  private record Case(
      String name,
      List<Shape> operands,
      Function<List<Doubles>, Doubles> doubles,
      BiFunction<Scope, List<Tensor>, Tensor> tape) {
    Arguments seeded(long seed) {
      return Arguments.of(name + ", seed " + seed, this, seed);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"layers", "activations", "broadcasts", "moves", "attentions"})
  void ofEveryOperand(String name, Case operation, long seed) {
    Random random = new Random(seed);
    List<float[]> operands = new ArrayList<>();
    for (Shape shape : operation.operands) {
      operands.add(Normal.values((int) shape.size(), 0.8, random));
    }
    List<Doubles> x = doubles(operation, operands);
    Doubles y = operation.doubles.apply(x);
    float[] dy = Normal.values(y.values().length, 1, random);
    for (int i = 0; i < operands.size(); i++) {
      double[] differences = differences(operation, x, i, dy);
      for (Backend backend : BACKENDS) {
        String what = name + " on " + backend.name() + ", operand " + i;
        double tolerance = backend.name().equals("java") ? ORACLE : FLOATS;
        Run run = new Run(backend, operation, operands, dy, y, tolerance);
        float[] alone = run.gradients(i, 1).get(0);
        check(what, alone, differences, 1, tolerance);
        float[] amongAll = run.gradients(-1, 1).get(i);
        assertThat(amongAll).as(what + ", with others").containsExactly(alone);
        float[] twice = run.gradients(-1, 2).get(i);
        check(what + ", twice", twice, differences, 2, tolerance);
      }
    }
  }

  @AfterAll
  static void close() {
    BACKENDS.forEach(Backend::close);
  }

  private static List<Doubles> doubles(Case operation, List<float[]> operands) {
    List<Doubles> x = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      x.add(Doubles.of(operation.operands.get(i), operands.get(i)));
    }
    return x;
  }

  private static double[] differences(Case operation, List<Doubles> x, int operand, float[] dy) {
    double[] values = x.get(operand).values();
    double[] differences = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double before = values[i];
      values[i] = before + STEP;
      double above = loss(operation.doubles.apply(x), dy);
      values[i] = before - STEP;
      double below = loss(operation.doubles.apply(x), dy);
      values[i] = before;
      differences[i] = (above - below) / (2 * STEP);
    }
    return differences;
  }

  private static double loss(Doubles y, float[] dy) {
    double sum = 0;
    for (int i = 0; i < dy.length; i++) {
      sum += y.values()[i] * dy[i];
    }
    return sum;
  }

  /** One case on a tape of a backend. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Run(
      Backend backend,
      Case operation,
      List<float[]> operands,
      float[] dy,
      Doubles expected,
      double tolerance) {
    /**
     * What a tape finds.
     *
     * @param only the operand that is learnt; -1: all
     * @param times how often the operation is run on the same operands
     */
    List<float[]> gradients(int only, int times) {
      List<Tensor> constants = new ArrayList<>();
      for (int i = 0; i < operands.size(); i++) {
        constants.add(backend.constant(operation.operands.get(i), operands.get(i)));
      }
      List<Tensor> learnt = only < 0 ? constants : List.of(constants.get(only));
      try (Scope scope = backend.open(0)) {
        Tape tape = new Tape(scope, learnt);
        for (int t = 0; t < times; t++) {
          Tensor y = operation.tape.apply(tape, constants);
          assertThat(y.shape()).isEqualTo(expected.shape());
          check("result", tape.read(y), expected.values(), 1, tolerance);
          tape.seed(y, dy);
        }
        tape.backward();
        return learnt.stream().map(tape::gradient).toList();
      } finally {
        constants.forEach(backend::free);
      }
    }
  }

  private static void check(
      String what, float[] x, double[] expected, int times, double tolerance) {
    assertThat(x).as(what).hasSize(expected.length);
    double largest = 1;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(times * value));
    }
    for (int i = 0; i < x.length; i++) {
      assertThat(Math.abs(x[i] - times * expected[i]))
          .as("%s: [%d] is %s, expected %s", what, i, x[i], times * expected[i])
          .isLessThanOrEqualTo(tolerance * largest);
    }
  }

  private static Stream<Arguments> seeded(List<Case> cases) {
    return cases.stream().flatMap(c -> Stream.of(c.seeded(11), c.seeded(12)));
  }

  static Stream<Arguments> layers() {
    List<Case> cases = new ArrayList<>();
    for (int[] size : SIZES) {
      Shape x = new Shape(size[0], size[1], size[2]);
      int outputs = size[1] + 2;
      Shape weight = Shape.matrix(outputs, x.channels());
      Shape bias = Shape.vector(outputs);
      cases.add(
          new Case(
              "linear without bias " + x,
              List.of(x, weight),
              o -> o.get(0).linear(o.get(1), null),
              (s, o) -> s.linear(o.get(0), new Linear(o.get(1), null), Activation.NONE)));
      for (int groups : new int[] {1, x.groups()}) {
        cases.add(
            new Case(
                "linear plus " + x + ", residual of " + groups,
                List.of(x, weight, bias, new Shape(groups, x.rows(), outputs)),
                o -> o.get(0).linear(o.get(1), o.get(2)).add(o.get(3)),
                (s, o) -> s.linearPlus(o.get(0), new Linear(o.get(1), o.get(2)), o.get(3))));
      }
      Shape vector = Shape.vector(x.channels());
      for (float epsilon : new float[] {1e-5f, 1e-2f}) {
        cases.add(
            new Case(
                "normalize " + x + ", epsilon " + epsilon,
                List.of(x, vector, vector),
                o -> o.get(0).normalize(o.get(1), o.get(2), epsilon),
                (s, o) -> s.normalize(o.get(0), new LayerNorm(o.get(1), o.get(2), epsilon))));
      }
    }
    return seeded(cases);
  }

  static Stream<Arguments> activations() {
    List<Case> cases = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      for (int[] size : SIZES) {
        Shape x = new Shape(size[0], size[1], size[2]);
        Shape weight = Shape.matrix(3, x.channels());
        cases.add(
            new Case(
                activation + " of " + x,
                List.of(x),
                o -> o.get(0).activate(activation),
                (s, o) -> s.activate(o.get(0), activation)));
        cases.add(
            new Case(
                activation + " of linear " + x,
                List.of(x, weight, Shape.vector(3)),
                o -> o.get(0).linear(o.get(1), o.get(2)).activate(activation),
                (s, o) -> s.linear(o.get(0), new Linear(o.get(1), o.get(2)), activation)));
      }
    }
    return seeded(cases);
  }

  static Stream<Arguments> broadcasts() {
    List<Case> cases = new ArrayList<>();
    for (int[] size : SIZES) {
      Shape x = new Shape(size[0], size[1], size[2]);
      for (int groups : new int[] {1, x.groups()}) {
        for (int rows : new int[] {1, x.rows()}) {
          cases.add(
              new Case(
                  "add " + groups + " groups, " + rows + " rows to " + x,
                  List.of(x, new Shape(groups, rows, x.channels())),
                  o -> o.get(0).add(o.get(1)),
                  (s, o) -> s.add(o.get(0), o.get(1))));
        }
        cases.add(
            new Case(
                "modulate " + x + " by " + groups,
                List.of(x, new Shape(groups, 1, 2 * x.channels())),
                o -> o.get(0).modulate(o.get(1)),
                (s, o) -> s.modulate(o.get(0), o.get(1))));
      }
      Shape one = Shape.matrix(x.rows(), x.channels());
      cases.add(
          new Case(
              "repeat " + one + ", " + x.groups() + " times",
              List.of(one),
              o -> o.get(0).repeat(x.groups()),
              (s, o) -> s.repeat(o.get(0), x.groups())));
      cases.add(
          new Case(
              "add to itself " + x,
              List.of(x),
              o -> o.get(0).add(o.get(0)),
              (s, o) -> s.add(o.get(0), o.get(0))));
      cases.add(
          new Case(
              "mean of rows " + x,
              List.of(x),
              o -> o.get(0).meanRows(),
              (s, o) -> s.meanRows(o.get(0))));
    }
    Shape empty = new Shape(2, 0, 3);
    cases.add(
        new Case(
            "mean of no rows",
            List.of(empty),
            o -> o.get(0).meanRows(),
            (s, o) -> s.meanRows(o.get(0))));
    return seeded(cases);
  }

  static Stream<Arguments> moves() {
    List<Case> cases = new ArrayList<>();
    for (int[] size : SIZES) {
      Shape x = new Shape(size[0], size[1], size[2]);
      int n = x.rows();
      int g = x.groups();
      cases.add(
          new Case(
              "reshape " + x,
              List.of(x),
              o -> o.get(0).reshape(new Shape(n, g, x.channels())),
              (s, o) -> s.reshape(o.get(0), new Shape(n, g, x.channels()))));
      for (int[] part : new int[][] {{0, n}, {n / 2, n}, {0, n / 2}, {n / 3, n / 3}}) {
        cases.add(
            new Case(
                "rows " + Arrays.toString(part) + " of " + x,
                List.of(x),
                o -> o.get(0).rows(part[0], part[1]),
                (s, o) -> s.rows(o.get(0), part[0], part[1])));
      }
      for (int[] part : new int[][] {{0, g}, {g / 2, g}, {0, g / 2}}) {
        cases.add(
            new Case(
                "groups " + Arrays.toString(part) + " of " + x,
                List.of(x),
                o -> o.get(0).groups(part[0], part[1]),
                (s, o) -> s.groups(o.get(0), part[0], part[1])));
      }
      Shape none = new Shape(g, 0, x.channels());
      Shape more = new Shape(g, n + 2, x.channels());
      cases.add(
          new Case(
              "concat around " + x,
              List.of(more, none, x),
              o -> Doubles.concatRows(List.of(o.get(2), o.get(1), o.get(0), o.get(2))),
              (s, o) -> s.concatRows(List.of(o.get(2), o.get(1), o.get(0), o.get(2)))));
      Shape table = Shape.matrix(g * n, x.channels());
      for (int[] rows : new int[][] {{}, {g * n - 1, 0, g * n - 1, 0, 0}}) {
        cases.add(
            new Case(
                "lookup " + Arrays.toString(rows) + " of " + table,
                List.of(table),
                o -> o.get(0).lookup(rows),
                (s, o) -> s.lookup(o.get(0), rows)));
      }
    }
    return seeded(cases);
  }

  /** groups, queries, keys, heads, channels of a key and of a value of each head. */
  private static final int[][] ATTENTIONS = {
    {1, 1, 1, 1, 1, 1},
    {2, 3, 5, 2, 3, 4},
    {3, 4, 2, 1, 5, 2},
    {2, 1, 9, 3, 2, 1},
    {2, 2, 0, 2, 2, 3}
  };

  static Stream<Arguments> attentions() {
    List<Case> cases = new ArrayList<>();
    for (int[] a : ATTENTIONS) {
      for (FullyMasked policy : FullyMasked.values()) {
        for (int queryGroups : a[0] == 1 ? new int[] {1} : new int[] {1, a[0]}) {
          for (int allowed = 0; allowed < 4; allowed++) {
            cases.add(attention(a, policy, queryGroups, mask(a, allowed), null));
            cases.add(attention(a, policy, queryGroups, mask(a, allowed), counts(1, a[2])));
            cases.add(attention(a, policy, queryGroups, mask(a, allowed), counts(a[0], a[2])));
          }
        }
      }
      if (a[2] > 0) {
        cases.add(unequal(a, null));
        cases.add(unequal(a, counts(1, lengths(a).total())));
        cases.add(toInputs(a));
      }
    }
    return cases.stream().map(c -> c.seeded(13));
  }

  /** None; of one group and one query; of each group; of each query, the first without any key. */
  private static @Nullable Mask mask(int[] a, int which) {
    if (which == 0) {
      return null;
    }
    int groups = which == 1 ? 1 : a[0];
    int queries = which == 3 ? a[1] : 1;
    boolean[] allowed = new boolean[groups * queries * a[2]];
    for (int i = 0; i < allowed.length; i++) {
      allowed[i] = (which == 1 || i >= a[2]) && (i * 7 + which) % 3 > 0;
    }
    return new Mask(allowed, groups, queries, a[2]);
  }

  private static KeyWeights counts(int groups, int keys) {
    float[] weights = new float[groups * keys];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 0.25f + 0.75f * (i % 4);
    }
    return new KeyWeights(weights, groups, keys);
  }

  private static Case attention(
      int[] a,
      FullyMasked policy,
      int queryGroups,
      @Nullable Mask mask,
      @Nullable KeyWeights counts) {
    Attention attention = new Attention(a[3], 1 / Math.sqrt(a[4]), policy);
    Shape queries = new Shape(queryGroups, a[1], a[3] * a[4]);
    Shape keys = new Shape(a[0], a[2], a[3] * a[4]);
    Shape values = new Shape(a[0], a[2], a[3] * a[5]);
    String masked = mask == null ? "no mask" : "mask of " + mask.groups() + " by " + mask.queries();
    String counted = counts == null ? "" : ", key weights of " + counts.groups();
    return new Case(
        "attend " + queries + " to " + keys + ", " + masked + ", " + policy + counted,
        List.of(queries, keys, values),
        o -> o.get(0).attend(o.get(1), o.get(2), attention, mask, counts),
        (s, o) -> s.attend(o.get(0), o.get(1), o.get(2), attention, mask, counts));
  }

  private static Lengths lengths(int[] a) {
    int[] lengths = new int[a[0]];
    Arrays.setAll(lengths, g -> a[2] + g * g);
    return Lengths.of(lengths);
  }

  private static Case unequal(int[] a, @Nullable KeyWeights counts) {
    Attention attention = Attention.of(a[3], a[3] * a[4]);
    Lengths lengths = lengths(a);
    Shape queries = Shape.matrix(a[1], a[3] * a[4]);
    return new Case(
        "attend " + queries + " to groups of " + lengths + (counts == null ? "" : ", key weights"),
        List.of(
            queries,
            Shape.matrix(lengths.total(), a[3] * a[4]),
            Shape.matrix(lengths.total(), a[3] * a[5])),
        o -> o.get(0).attend(o.get(1), o.get(2), lengths, attention, counts),
        (s, o) -> s.attend(o.get(0), o.get(1), o.get(2), lengths, attention, counts));
  }

  /** Keys and values made of inputs on the way. */
  private static Case toInputs(int[] a) {
    Attention attention = Attention.of(a[3], a[3] * a[4]);
    Lengths lengths = lengths(a);
    KeyWeights counts = counts(1, lengths.total());
    Shape queries = Shape.matrix(a[1], a[3] * a[4]);
    Shape inputs = Shape.matrix(lengths.total(), 3);
    return new Case(
        "attend " + queries + " to inputs of " + lengths,
        List.of(
            queries,
            inputs,
            Shape.matrix(a[3] * a[4], 3),
            Shape.matrix(a[3] * a[5], 3),
            Shape.vector(a[3] * a[5])),
        o ->
            o.get(0)
                .attend(
                    o.get(1).linear(o.get(2), null),
                    o.get(1).linear(o.get(3), o.get(4)),
                    lengths,
                    attention,
                    counts),
        (s, o) ->
            s.attendTo(
                o.get(0),
                o.get(1),
                lengths,
                new Linear(o.get(2), null),
                new Linear(o.get(3), o.get(4)),
                attention,
                counts));
  }
}
