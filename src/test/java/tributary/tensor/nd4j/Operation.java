package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.KeyWeights;
import tributary.tensor.LayerNorm;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** One operation on seeded values, to be run on any backend. */
record Operation(String name, Tolerance tolerance, Run run) {
  @FunctionalInterface
  interface Run {
    Tensor apply(Backend backend, Scope scope);
  }

  @Override
  public String toString() {
    return name;
  }

  float[] on(Backend backend) {
    try (Scope scope = backend.open(0)) {
      return scope.values(run.apply(backend, scope));
    }
  }

  /** Normally distributed, the same for the same seed. */
  static float[] random(long seed, Shape shape, double size) {
    return Normal.values((int) shape.size(), size, seed);
  }

  static Tensor tensor(Scope scope, long seed, Shape shape) {
    return scope.upload(shape, random(seed, shape, 1), 0);
  }

  static Tensor constant(Backend backend, long seed, Shape shape, double size) {
    return backend.constant(shape, random(seed, shape, size));
  }

  static Linear layer(Backend backend, long seed, int in, int out, boolean bias) {
    Tensor weight = constant(backend, seed, Shape.matrix(out, in), 1 / Math.sqrt(in));
    return new Linear(weight, bias ? constant(backend, seed + 1, Shape.vector(out), 1) : null);
  }

  static LayerNorm norm(Backend backend, long seed, int channels) {
    return new LayerNorm(
        constant(backend, seed, Shape.vector(channels), 1),
        constant(backend, seed + 1, Shape.vector(channels), 1),
        1e-5f);
  }

  /** Allowed with probability 1/2; every third query has no key. */
  static Mask mask(long seed, int groups, int queries, int keys) {
    Random random = new Random(seed);
    boolean[] allowed = new boolean[groups * queries * keys];
    for (int i = 0; i < allowed.length; i++) {
      allowed[i] = random.nextBoolean() && (i / keys) % 3 != 2;
    }
    return new Mask(allowed, groups, queries, keys);
  }

  /** Keys that count as about 1/400 to 400 keys. */
  static KeyWeights weights(long seed, int groups, int keys) {
    Random random = new Random(seed);
    float[] weights = new float[groups * keys];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) Math.exp(2 * random.nextGaussian());
    }
    return new KeyWeights(weights, groups, keys);
  }

  static Operation linear(int rows, int in, int out, boolean bias, Activation activation) {
    String name = "linear " + rows + "x" + in + "x" + out + " " + activation + (bias ? " b" : "");
    double size = activation == Activation.SQUARED_RELU ? 10 : 1;
    return new Operation(
        name,
        Tolerance.sum(in + 4, 4 * size / Math.sqrt(in)),
        (backend, scope) ->
            scope.linear(
                tensor(scope, 1, new Shape(2, rows, in)),
                layer(backend, 2, in, out, bias),
                activation));
  }

  static Operation linearPlus(int rows, int in, int out, int residualGroups) {
    return new Operation(
        "linearPlus " + rows + "x" + in + "x" + out + " residual groups " + residualGroups,
        Tolerance.sum(in + 4, 4 / Math.sqrt(in)),
        (backend, scope) ->
            scope.linearPlus(
                tensor(scope, 1, new Shape(2, rows, in)),
                layer(backend, 2, in, out, true),
                tensor(scope, 4, new Shape(residualGroups, rows, out))));
  }

  static Operation normalize(int rows, int channels) {
    return new Operation(
        "normalize " + rows + "x" + channels,
        Tolerance.roundings(16, 16),
        (backend, scope) ->
            scope.normalize(
                tensor(scope, 1, new Shape(2, rows, channels)), norm(backend, 2, channels)));
  }

  static Operation attend(
      int queries, int keys, int heads, int width, int queryGroups, @Nullable Mask mask) {
    return attend(queries, keys, heads, width, queryGroups, mask, FullyMasked.ZERO);
  }

  static Operation attend(
      int queries,
      int keys,
      int heads,
      int width,
      int queryGroups,
      @Nullable Mask mask,
      FullyMasked fullyMasked) {
    return attend(queries, keys, heads, width, queryGroups, mask, fullyMasked, null);
  }

  static Operation attend(
      int queries,
      int keys,
      int heads,
      int width,
      int queryGroups,
      @Nullable Mask mask,
      FullyMasked fullyMasked,
      @Nullable KeyWeights weights) {
    return new Operation(
        "attend "
            + queries
            + "x"
            + keys
            + " heads "
            + heads
            + "x"
            + width
            + " query groups "
            + queryGroups
            + (mask == null ? "" : " masked " + mask.groups() + "," + mask.queries())
            + (weights == null ? "" : " weights " + weights.groups())
            + " "
            + fullyMasked,
        Tolerance.sum(width + keys, 16 / Math.sqrt(width + keys)),
        (backend, scope) ->
            scope.attend(
                tensor(scope, 1, new Shape(queryGroups, queries, heads * width)),
                tensor(scope, 2, new Shape(2, keys, heads * width)),
                tensor(scope, 3, new Shape(2, keys, heads * 5)),
                new Attention(heads, 1 / Math.sqrt(width), fullyMasked),
                mask,
                weights));
  }

  static Operation add(int rows, int channels, int addendGroups, int addendRows) {
    return new Operation(
        "add " + rows + "x" + channels + " + " + addendGroups + "," + addendRows,
        Tolerance.exact(),
        (backend, scope) ->
            scope.add(
                tensor(scope, 1, new Shape(2, rows, channels)),
                tensor(scope, 2, new Shape(addendGroups, addendRows, channels))));
  }

  static Operation moves(int rows, int channels) {
    return new Operation(
        "lookup, concatRows, groups, reshape, meanRows " + rows + "x" + channels,
        Tolerance.roundings(2, 4),
        (backend, scope) -> {
          Tensor table = constant(backend, 1, Shape.matrix(rows, channels), 1);
          int[] indices = new Random(2).ints(2 * rows, 0, rows).toArray();
          Tensor pairs = scope.reshape(scope.lookup(table, indices), new Shape(2, rows, channels));
          Tensor other = tensor(scope, 3, new Shape(3, rows, channels));
          Tensor both = scope.concatRows(List.of(pairs, scope.groups(other, 1, 3)));
          return scope.concatRows(List.of(both, scope.meanRows(both)));
        });
  }

  /** Every operation over awkward sizes. */
  static List<Operation> all() {
    List<Operation> all = new ArrayList<>();
    int[] sizes = {1, 3, 4, 7, 8, 13, 63, 64, 65, 255, 1000};
    for (int n : sizes) {
      for (Activation activation : Activation.values()) {
        all.add(linear(5, 8, n, true, activation));
      }
      all.add(linear(n, 7, 13, true, Activation.GELU));
      all.add(linear(3, n, 17, false, Activation.NONE));
      all.add(linearPlus(n, 16, 7, 1));
      all.add(linearPlus(3, 13, n, 2));
      all.add(normalize(n, 24));
      all.add(normalize(3, n));
      all.add(attend(3, n, 2, 8, 2, null));
      all.add(attend(n, 65, 3, 4, 1, null));
      all.add(attend(4, 9, 1, n, 1, null));
      for (FullyMasked policy : FullyMasked.values()) {
        all.add(attend(5, n, 2, 8, 1, mask(n, 2, 5, n), policy));
        all.add(attend(5, n, 2, 8, 2, mask(n, 1, 1, n), policy));
        all.add(attend(5, n, 2, 8, 2, mask(n, 2, 1, n), policy));
        all.add(attend(5, n, 2, 8, 1, mask(n, 2, 5, n), policy, weights(n, 2, n)));
      }
      all.add(attend(3, n, 2, 8, 2, null, FullyMasked.ZERO, weights(n, 2, n)));
      all.add(attend(n, 65, 3, 4, 1, null, FullyMasked.ZERO, weights(n, 1, 65)));
      all.add(add(n, 5, 2, n));
      all.add(add(3, n, 1, 1));
      all.add(add(3, n, 1, 3));
      all.add(add(3, n, 2, 1));
      all.add(moves(n, 3));
      all.add(moves(2, n));
    }
    all.add(linear(0, 8, 4, true, Activation.GELU));
    all.add(attend(3, 0, 2, 4, 1, null));
    all.add(attend(0, 3, 2, 4, 1, null));
    all.add(attend(3, 0, 2, 4, 1, null, FullyMasked.ZERO, weights(1, 2, 0)));
    all.add(attend(40, 20000, 1, 4, 1, null));
    return all;
  }
}
