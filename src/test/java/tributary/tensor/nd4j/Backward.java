package tributary.tensor.nd4j;

import static tributary.tensor.nd4j.Operation.constant;
import static tributary.tensor.nd4j.Operation.mask;
import static tributary.tensor.nd4j.Operation.random;
import static tributary.tensor.nd4j.Operation.tensor;
import static tributary.tensor.nd4j.Operation.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.Backend;
import tributary.tensor.Gradients;
import tributary.tensor.KeyWeights;
import tributary.tensor.Lengths;
import tributary.tensor.Linear;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.Tolerance;

/** One backward function on seeded values, to be run on any backend. */
record Backward(String name, Tolerance tolerance, Run run) {
  @FunctionalInterface
  interface Run {
    List<Tensor> apply(Backend backend, Scope scope, Gradients gradients);
  }

  @Override
  public String toString() {
    return name;
  }

  List<float[]> on(Backend backend) {
    try (Scope scope = backend.open(0)) {
      return on(backend, scope);
    }
  }

  List<float[]> on(Backend backend, Scope scope) {
    return run.apply(backend, scope, scope.gradients()).stream().map(scope::values).toList();
  }

  static Backward accumulate(Shape sum, Shape dy) {
    return new Backward(
        "accumulate " + dy + " to " + sum,
        Tolerance.sum(dy.groups() * dy.rows() + 1, 4),
        (backend, scope, gradients) -> {
          Tensor to = tensor(scope, 1, sum);
          gradients.accumulate(to, tensor(scope, 2, dy));
          return List.of(to);
        });
  }

  static Backward linear(int rows, int in, int out) {
    return new Backward(
        "linear " + rows + "x" + in + "x" + out,
        Tolerance.sum(Math.max(out, 2 * rows), 4),
        (backend, scope, gradients) -> {
          Tensor x = tensor(scope, 1, new Shape(2, rows, in));
          Tensor dy = tensor(scope, 2, new Shape(2, rows, out));
          Tensor weight = constant(backend, 3, Shape.matrix(out, in), 1);
          Tensor sum = tensor(scope, 4, Shape.matrix(out, in));
          gradients.linearWeight(sum, dy, x);
          Tensor inputs = tensor(scope, 5, new Shape(2, rows, in));
          Linear layer = new Linear(weight, null);
          gradients.linearInput(inputs, dy, layer);
          return List.of(sum, inputs, gradients.linearInput(dy, layer));
        });
  }

  static Backward activation(Activation activation, int rows, int channels) {
    return new Backward(
        activation + " " + rows + "x" + channels,
        Tolerance.roundings(8, 16),
        (backend, scope, gradients) -> {
          Shape shape = new Shape(2, rows, channels);
          Tensor x = scope.upload(shape, random(1, shape, 2), 0);
          Tensor y = scope.activate(x, activation);
          Tensor at = Gradients.fromInput(activation) ? x : y;
          return List.of(y, gradients.activation(tensor(scope, 2, shape), at, activation));
        });
  }

  static Backward normalize(int rows, int channels) {
    return new Backward(
        "normalize " + rows + "x" + channels,
        Tolerance.sum(2 * rows + channels, 16),
        (backend, scope, gradients) -> {
          Shape shape = new Shape(2, rows, channels);
          Tensor weight = tensor(scope, 3, Shape.vector(channels));
          Tensor bias = tensor(scope, 4, Shape.vector(channels));
          Tensor dx =
              gradients.normalize(
                  tensor(scope, 1, shape),
                  tensor(scope, 2, shape),
                  Operation.norm(backend, 5, channels),
                  weight,
                  bias);
          return List.of(dx, weight, bias);
        });
  }

  /**
   * @param groups of queries
   */
  record Heads(int groups, int queries, int keys, int heads, int d, int e) {
    Tensor queries(Scope scope) {
      return tensor(scope, 1, new Shape(groups, queries, heads * d));
    }

    Tolerance tolerance() {
      return Tolerance.sum(keys + queries + d + e, 8);
    }
  }

  static Backward attend(
      Heads of, @Nullable Mask mask, FullyMasked policy, @Nullable KeyWeights weights) {
    return new Backward(
        "attend "
            + of
            + (mask == null ? "" : " masked " + mask.groups() + "," + mask.queries() + " " + policy)
            + (weights == null ? "" : " weights " + weights.groups()),
        of.tolerance(),
        (backend, scope, gradients) -> {
          Gradients.Attended all =
              gradients.attend(
                  tensor(scope, 4, new Shape(3, of.queries, of.heads * of.e)),
                  of.queries(scope),
                  tensor(scope, 2, new Shape(3, of.keys, of.heads * of.d)),
                  tensor(scope, 3, new Shape(3, of.keys, of.heads * of.e)),
                  new Attention(of.heads, 1 / Math.sqrt(of.d), policy),
                  mask,
                  weights);
          return List.of(all.queries(), all.keys(), all.values());
        });
  }

  static Backward attendToEach(Heads of, boolean weighed, int... lengths) {
    Lengths each = Lengths.of(lengths);
    int total = each.total();
    return new Backward(
        "attend " + of + " to each of " + each + (weighed ? " by weights" : ""),
        of.tolerance(),
        (backend, scope, gradients) -> {
          Attention attention = Attention.of(of.heads, of.heads * of.d);
          KeyWeights counts = weighed ? weights(5, 1, total) : null;
          Tensor q = of.queries(scope);
          Tensor k = tensor(scope, 2, Shape.matrix(total, of.heads * of.d));
          Tensor v = tensor(scope, 3, Shape.matrix(total, of.heads * of.e));
          Tensor dy = tensor(scope, 4, new Shape(each.groups(), of.queries, of.heads * of.e));
          Gradients.Attended all = gradients.attend(dy, q, k, v, each, attention, counts);
          Tensor y = scope.attend(q, k, v, each, attention, counts);
          return List.of(y, all.queries(), all.keys(), all.values());
        });
  }

  static Backward moves(int rows, int channels) {
    return new Backward(
        "lookup, rows, repeat, meanRows " + rows + "x" + channels,
        Tolerance.exact(),
        (backend, scope, gradients) -> {
          int[] indices = new Random(1).ints(2 * rows, 0, 9).toArray();
          Tensor table = tensor(scope, 1, Shape.matrix(9, channels));
          gradients.lookup(table, indices, tensor(scope, 2, Shape.matrix(2 * rows, channels)));
          Tensor large = tensor(scope, 1, Shape.matrix(9 + 5 * rows, channels));
          gradients.lookup(large, indices, tensor(scope, 2, Shape.matrix(2 * rows, channels)));
          Tensor sum = tensor(scope, 3, new Shape(2, rows + 5, channels));
          gradients.rows(sum, 2, tensor(scope, 4, new Shape(2, rows, channels)));
          return List.of(
              table,
              large,
              sum,
              gradients.meanRows(tensor(scope, 5, new Shape(2, 1, channels)), rows),
              scope.rows(sum, 1, rows + 1),
              scope.repeat(tensor(scope, 6, Shape.matrix(rows, channels)), 3));
        });
  }

  static Backward modulate(int rows, int channels, int groups) {
    return new Backward(
        "modulate " + rows + "x" + channels + " by " + groups,
        Tolerance.sum(3 * rows + 1, 8),
        (backend, scope, gradients) -> {
          Shape shape = new Shape(3, rows, channels);
          Shape by = new Shape(groups, 1, 2 * channels);
          Tensor sum = tensor(scope, 4, by);
          Tensor dx =
              gradients.modulate(
                  tensor(scope, 1, shape), tensor(scope, 2, shape), tensor(scope, 3, by), sum);
          return List.of(dx, sum);
        });
  }

  /** Every function over awkward sizes. */
  static List<Backward> all() {
    List<Backward> all = new ArrayList<>();
    int[] rows = {0, 1, 3, 17, 255, 257};
    int[] channels = {1, 7, 16, 31, 64, 96, 130};
    for (int n : rows) {
      for (int c : channels) {
        all.add(linear(n, c, 33));
        all.add(linear(n, 20, c));
        all.add(normalize(n, c));
        all.add(accumulate(new Shape(3, n, c), new Shape(3, n, c)));
        all.add(accumulate(new Shape(1, n, c), new Shape(3, n, c)));
        all.add(accumulate(new Shape(3, 1, c), new Shape(3, n, c)));
        all.add(accumulate(Shape.vector(c), new Shape(3, n, c)));
        all.add(moves(n, c));
        all.add(modulate(n, c, 1));
        all.add(modulate(n, c, 3));
      }
      Arrays.stream(Activation.values()).forEach(a -> all.add(activation(a, n, 31)));
    }
    attentions(all);
    return all;
  }

  private static void attentions(List<Backward> all) {
    int[] widths = {5, 8, 16, 24, 48};
    for (int d : widths) {
      for (int m : new int[] {0, 1, 31, 33, 256, 257, 700}) {
        Heads own = new Heads(3, 17, m, 2, d, 24);
        Heads shared = new Heads(1, 33, m, 3, 8, d);
        all.add(attend(own, null, FullyMasked.ZERO, null));
        all.add(attend(shared, null, FullyMasked.ZERO, weights(m, 3, m)));
      }
    }
    for (int m : new int[] {1, 33, 257, 1300}) {
      for (FullyMasked policy : FullyMasked.values()) {
        Heads of = new Heads(1, 70, m, 2, 8, 5);
        all.add(attend(of, mask(m, 3, 70, m), policy, null));
        all.add(attend(of, mask(m, 1, 1, m), policy, weights(m, 1, m)));
        all.add(attend(of, mask(m, 3, 1, m), policy, weights(m, 3, m)));
      }
      all.add(attend(new Heads(3, 130, m, 1, 16, 16), null, FullyMasked.ZERO, null));
      all.add(attend(new Heads(1, 1, m, 4, 24, 8), null, FullyMasked.ZERO, weights(m, 1, m)));
    }
    all.add(attend(new Heads(1, 0, 9, 2, 4, 4), null, FullyMasked.ZERO, null));
    for (boolean weighed : new boolean[] {false, true}) {
      all.add(attendToEach(new Heads(1, 32, 1400, 2, 24, 16), weighed, 1, 300, 17, 1050, 32));
      all.add(attendToEach(new Heads(1, 70, 90, 3, 5, 8), weighed, 40, 50));
    }
  }
}
