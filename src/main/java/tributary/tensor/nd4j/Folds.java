package tributary.tensor.nd4j;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Attention;
import tributary.tensor.Linear;
import tributary.tensor.Shape;

/** The folded attentions of a backend's constants, each made at its first use. For all threads. */
final class Folds {
  private final Map<Key, Folded> made = new ConcurrentHashMap<>();

  private record Key(
      Chunk queries,
      int offset,
      Shape shape,
      Chunk key,
      Chunk value,
      @Nullable Chunk bias,
      int heads) {}

  /**
   * The fold of these queries and layers; null where it wouldn't save anything, or the queries or
   * layers are no constants.
   */
  @Nullable Folded of(NativeTensor q, Linear key, Linear value, Attention attention) {
    NativeTensor k = NativeTensor.of(key.weight());
    NativeTensor v = NativeTensor.of(value.weight());
    int heads = attention.heads();
    NativeTensor b = value.bias() == null ? null : NativeTensor.of(value.bias());
    boolean constant =
        q.owner() == null
            && k.constant() != null
            && v.constant() != null
            && (b == null || b.constant() != null);
    if (!constant || !Folded.saves(q.shape(), key, value, heads)) {
      return null;
    }
    Chunk bias = b == null ? null : b.chunk();
    Key own = new Key(q.chunk(), q.offset(), q.shape(), k.chunk(), v.chunk(), bias, heads);
    return made.computeIfAbsent(own, missing -> Folded.of(q, key, value, heads));
  }

  /** Forgets what was made of a constant. */
  void forget(Chunk constant) {
    made.keySet()
        .removeIf(
            k ->
                k.queries == constant
                    || k.key == constant
                    || k.value == constant
                    || k.bias == constant);
  }

  void forgetAll() {
    made.clear();
  }
}
