package tributary.encode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tributary.base.Invalid;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * What a {@link Learner} has computed, a row for each key, so that it is computed once and taken
 * from there in any order. Lives as long as its scope, used by one thread.
 */
public final class TapeRows<K> {
  private final Scope tape;
  private final Map<K, Integer> numbers = new HashMap<>();
  private List<Tensor> parts = new ArrayList<>(); // [1, some rows, floats] each

  public TapeRows(Scope tape) {
    this.tape = tape;
  }

  /** Those of the keys that have no row, each once, in their order. */
  public List<K> missing(List<K> keys) {
    return keys.stream().distinct().filter(k -> !numbers.containsKey(k)).toList();
  }

  /**
   * Adds rows.
   *
   * @param keys none of which has a row
   * @param groups [keys, n, c], a group for each; a row is n * c values
   */
  public void add(List<K> keys, Tensor groups) {
    Shape shape = groups.shape();
    if (shape.groups() != keys.size()) {
      throw Invalid.argument("rows", shape, keys.size() + " groups");
    }
    for (K key : keys) {
      if (numbers.putIfAbsent(key, numbers.size()) != null) {
        throw Invalid.argument("key", key, "one without a row");
      }
    }
    int floats = Math.multiplyExact(shape.rows(), shape.channels());
    parts.add(tape.reshape(groups, Shape.matrix(keys.size(), floats)));
  }

  /**
   * The rows of some keys, in their order.
   *
   * @param rows n
   * @param channels c
   * @return [keys, n, c]
   */
  public Tensor of(List<K> keys, int rows, int channels) {
    int[] some = keys.stream().mapToInt(this::number).toArray();
    if (parts.size() > 1) {
      parts = new ArrayList<>(List.of(tape.concatRows(parts)));
    }
    Tensor all = parts.get(0);
    boolean asTheyAre =
        some.length == numbers.size()
            && IntStream.range(0, some.length).allMatch(i -> some[i] == i);
    return tape.reshape(
        asTheyAre ? all : tape.lookup(all, some), new Shape(some.length, rows, channels));
  }

  /** Number of a key's row. */
  private int number(K key) {
    Integer number = numbers.get(key);
    if (number == null) {
      throw Invalid.argument("key", key, "one with a row");
    }
    return number;
  }
}
