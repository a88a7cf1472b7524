package tributary.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import tributary.model.Costs;
import tributary.model.ModelConfig;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * How groups are handed to a backend: groups of equal shape together, as many a call as its {@link
 * Backend#cut} says, each call in a scope of its own whose result goes to the heap. So native use
 * is that of one call, whatever the number of groups. One a model, JVM-wide.
 *
 * @param groupBytes what the model's largest group needs
 */
public record Calls(Backend backend, long groupBytes) {
  public static Calls of(ModelConfig config, Backend backend) {
    return new Calls(backend, Costs.groupBytes(config));
  }

  /** One call. */
  public interface Call {
    /** Groups [from, to) to a result with one entry a group. */
    Tensor run(Scope scope, int from, int to);
  }

  /** One call of some of a set's groups. */
  public interface SetCall {
    /** Groups of these numbers to a result with one entry for each; the last may stand repeated. */
    Tensor run(Scope scope, List<Integer> some);
  }

  /**
   * Runs `groups` equal groups whose number follows from the model or the record; [groups, size]
   * comes back.
   */
  public float[] run(Scope scope, int groups, int size, Call call) {
    float[] out = new float[Math.multiplyExact(groups, size)];
    Backend.Cut cut = backend.cut(groupBytes, size);
    for (int from = 0; from < groups; from += cut.transfer()) {
      int to = Math.min(groups, from + cut.transfer());
      try (Scope inner = scope.inner(cut.product())) {
        inner.download(call.run(inner, from, to), out, from * size);
      }
    }
    return out;
  }

  /**
   * Runs a set of equal groups that happen to be in a batch together, filled up to whole products:
   * what a group gets doesn't depend on the others. Each group's result comes back, [size].
   */
  public float[][] run(Scope scope, List<Integer> set, int size, SetCall call) {
    Backend.Cut cut = backend.cut(groupBytes, size);
    List<Integer> full = new ArrayList<>(set);
    while (full.size() % cut.product() != 0) {
      full.add(set.get(set.size() - 1));
    }
    float[][] out = new float[set.size()][size];
    for (int from = 0; from < set.size(); from += cut.transfer()) {
      int to = Math.min(full.size(), from + cut.transfer());
      try (Scope inner = scope.inner(cut.product())) {
        Tensor y = call.run(inner, full.subList(from, to));
        download(inner, y, out, from, cut.product() > 1);
      }
    }
    return out;
  }

  /**
   * The groups' results, from one on.
   *
   * @param whole whether one large copy is cheaper than many
   */
  private static void download(Scope scope, Tensor y, float[][] out, int from, boolean whole) {
    int groups = Math.min(out.length - from, y.shape().groups());
    float[] all = whole ? scope.values(y) : new float[0];
    for (int k = 0; k < groups; k++) {
      float[] own = out[from + k];
      if (whole) {
        System.arraycopy(all, k * own.length, own, 0, own.length);
      } else {
        scope.download(scope.groups(y, k, k + 1), own, 0);
      }
    }
  }

  /**
   * The numbers 0 .. n-1 of groups, in the sets that may go through a call together: by their kind,
   * or by their shape where the backend computes groups of one shape in one product.
   *
   * @param kind groups of different kinds never share a call
   */
  public List<List<Integer>> sets(int n, IntUnaryOperator kind, IntUnaryOperator shape) {
    return byShape(n, together() ? kind : shape);
  }

  /** Whether groups of any shapes may go through a call together. */
  public boolean together() {
    return backend.rowsStandAlone();
  }

  /** The numbers 0 .. n-1 by their shape, shapes ascending, numbers ascending. */
  public static List<List<Integer>> byShape(int n, IntUnaryOperator shape) {
    TreeMap<Integer, List<Integer>> sets = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      sets.computeIfAbsent(shape.applyAsInt(i), k -> new ArrayList<>()).add(i);
    }
    return List.copyOf(sets.values());
  }

  /** The activation by the name that {@link ModelConfig#ACTIVATIONS} knows. */
  public static Activation activation(String name) {
    return Activation.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
