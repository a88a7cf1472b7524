package tributary.encode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import tributary.config.ModelConfig;
import tributary.tensor.Activation;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * How groups are handed to a backend: groups of equal shape together, at most {@link
 * Backend#groupsPerCall} a call, each call in a scope of its own whose result goes to the heap. So
 * native use is that of one call, whatever the number of groups.
 */
final class Calls {
  private Calls() {}

  /** One call. */
  interface Call {
    /** Groups [from, to) to a result with one entry a group. */
    Tensor run(Scope scope, int from, int to);
  }

  /** Runs `groups` equal groups; [groups, size] comes back. */
  static float[] run(Scope scope, Backend backend, int groups, int size, Call call) {
    float[] out = new float[Math.multiplyExact(groups, size)];
    int most = Math.max(1, backend.groupsPerCall());
    for (int from = 0; from < groups; from += most) {
      int to = Math.min(groups, from + most);
      try (Scope inner = scope.inner()) {
        inner.download(call.run(inner, from, to), out, from * size);
      }
    }
    return out;
  }

  /** The numbers 0 .. n-1 by their shape, shapes ascending, numbers ascending. */
  static List<List<Integer>> byShape(int n, IntUnaryOperator shape) {
    TreeMap<Integer, List<Integer>> sets = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      sets.computeIfAbsent(shape.applyAsInt(i), k -> new ArrayList<>()).add(i);
    }
    return List.copyOf(sets.values());
  }

  /** The activation by the name that {@link ModelConfig#ACTIVATIONS} knows. */
  static Activation activation(String name) {
    return Activation.valueOf(name.toUpperCase(Locale.ROOT));
  }
}
