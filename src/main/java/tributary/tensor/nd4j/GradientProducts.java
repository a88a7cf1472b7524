package tributary.tensor.nd4j;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * One thread's way into oneDNN's products for going back through a layer: dx = dy W and sum = sum +
 * dy^T x, of matrices as they are, for weights change with every step. Rows are taken by powers of
 * two, the last few filled up with zeros: so there are seven products per layer, however many rows
 * there are, and bits follow from operands and shapes. Compiled products are shared by all threads.
 */
final class GradientProducts implements AutoCloseable {
  /** Rows of a call at most: a power of two, enough that rearranging W costs little. */
  private static final int MOST_ROWS = 1024;

  private static final Map<Key, Product> PRODUCTS = new ConcurrentHashMap<>();

  /** {@link Products.Scratch}'s uses. */
  private static final int PRODUCT = 0;

  private static final int ROWS = 1;
  private static final int RESULT = 2;

  private final stream stream;
  private final Map<Key, Call> calls = new HashMap<>();
  private final Products.Window window = new Products.Window();
  private final Products.Window other = new Products.Window();

  GradientProducts(stream stream) {
    this.stream = stream;
  }

  /**
   * A kind of product.
   *
   * @param weight whether by the weight, else by the input
   * @param add whether the result is added to what is there
   */
  record Key(boolean weight, int rows, int in, int out, boolean add, int threads) {
    Key withRows(int number) {
      return new Key(weight, number, in, out, add, threads);
    }
  }

  private record Product(
      matmul primitive, memory.desc a, memory.desc b, memory.desc c, memory.desc scratch) {}

  /**
   * dx [rows, in] = dy [rows, out] w [out, in], or dx + that, or sum [out, in] = sum + dy^T x, dy
   * [rows, out], x [rows, in].
   *
   * @param dy address
   * @param right address of w or x
   * @param to address of dx or sum
   * @param scratch gives room where a product asks for it
   */
  void run(Key key, long dy, long right, long to, Products.Scratch scratch) {
    Threads.ofCallsFromHere(key.threads());
    int rows = key.rows();
    for (int first = 0; first < rows; ) {
      int left = rows - first;
      long here = dy + (long) first * key.out() * Float.BYTES;
      long input = (long) first * key.in() * Float.BYTES;
      int some = Math.min(left, Math.min(MOST_ROWS, Integer.highestOneBit(left)));
      if (some < OneDnn.LEAST_ROWS) {
        few(key, left, here, right, to, input, scratch);
        return;
      }
      Call call = call(key.withRows(some));
      if (key.weight()) {
        call.run(here, right + input, to, scratch);
      } else {
        call.run(here, right, to + input, scratch);
      }
      first += some;
    }
  }

  /** The last rows, too few for a product of their own: filled up with zeros. */
  private void few(
      Key key, int left, long dy, long right, long to, long input, Products.Scratch scratch) {
    int rows = OneDnn.LEAST_ROWS;
    Call call = call(key.withRows(rows));
    int out = rows * key.out();
    int in = rows * key.in();
    long padded = scratch.address(ROWS, out);
    long beside = scratch.address(RESULT, in);
    pad(dy, padded, left * key.out(), out);
    if (key.weight()) {
      pad(right + input, beside, left * key.in(), in);
      call.run(padded, beside, to, scratch);
      return;
    }
    if (key.add()) {
      pad(to + input, beside, left * key.in(), in);
    }
    call.run(padded, right, beside, scratch);
    copy(beside, to + input, left * key.in());
  }

  private void pad(long from, long to, int own, int all) {
    copy(from, to, own);
    long rest = to + (long) own * Float.BYTES;
    Pointer.memset(window.at(rest), 0, (long) (all - own) * Float.BYTES);
  }

  private void copy(long from, long to, int floats) {
    Pointer.memcpy(window.at(to), other.at(from), (long) floats * Float.BYTES);
  }

  private Call call(Key key) {
    Call known = calls.get(key);
    if (known == null) {
      known = new Call(PRODUCTS.computeIfAbsent(key, GradientProducts::compile));
      calls.put(key, known);
    }
    return known;
  }

  private static Product compile(Key key) {
    memory.desc a =
        key.weight()
            ? desc(key.out(), key.rows(), 1, key.out())
            : OneDnn.plain(key.rows(), key.out());
    memory.desc b = OneDnn.plain(key.weight() ? key.rows() : key.out(), key.in());
    memory.desc c = OneDnn.plain(key.weight() ? key.out() : key.rows(), key.in());
    try (primitive_attr attributes = new primitive_attr();
        post_ops after = new post_ops()) {
      if (key.add()) {
        after.append_sum();
      }
      attributes.set_post_ops(after);
      attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
      try (matmul.primitive_desc chosen =
          new matmul.primitive_desc(OneDnn.ENGINE, a, b, c, attributes, false)) {
        return new Product(
            new matmul(chosen), a, b, c, new memory.desc(chosen.scratchpad_desc()));
      }
    }
  }

  private static memory.desc desc(int rows, int columns, int rowStep, int columnStep) {
    return new memory.desc(
        new long[] {rows, columns}, memory.data_type.f32, new long[] {rowStep, columnStep});
  }

  /** The arguments of a product, whose addresses are moved from call to call. */
  private final class Call implements AutoCloseable {
    private final Product product;
    private final memory a;
    private final memory b;
    private final memory c;
    private final @Nullable memory scratch;
    private final long scratchFloats;
    private final IntMemoryMap arguments = new IntMemoryMap();

    Call(Product product) {
      this.product = product;
      a = argument(dnnl.DNNL_ARG_SRC, product.a());
      b = argument(dnnl.DNNL_ARG_WEIGHTS, product.b());
      c = argument(dnnl.DNNL_ARG_DST, product.c());
      scratchFloats = (product.scratch().get_size() + Float.BYTES - 1) / Float.BYTES;
      scratch = scratchFloats > 0 ? argument(dnnl.DNNL_ARG_SCRATCHPAD, product.scratch()) : null;
    }

    private memory argument(int name, memory.desc layout) {
      memory made = new memory(layout, OneDnn.ENGINE, (Pointer) null);
      arguments.put(name, made);
      return made;
    }

    void run(long left, long right, long to, Products.Scratch room) {
      a.set_data_handle(window.at(left));
      b.set_data_handle(window.at(right));
      c.set_data_handle(window.at(to));
      if (scratch != null) {
        scratch.set_data_handle(window.at(room.address(PRODUCT, scratchFloats)));
      }
      product.primitive().execute(stream, arguments);
    }

    @Override
    public void close() {
      arguments.close();
      a.close();
      b.close();
      c.close();
      if (scratch != null) {
        scratch.close();
      }
    }
  }

  @Override
  public void close() {
    calls.values().forEach(Call::close);
    calls.clear();
    window.close();
    other.close();
  }
}
