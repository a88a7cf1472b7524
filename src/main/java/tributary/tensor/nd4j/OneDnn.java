package tributary.tensor.nd4j;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import tributary.tensor.Activation;
import tributary.tensor.Precision;

/**
 * oneDNN's products with weights: y = activation(x W^T + bias), or x W^T + bias + residual, in one
 * pass over y. Weights are packed once, in a layout of oneDNN's choice. JVM-wide; the compiled
 * products are shared by all threads, each of which runs them through a {@link Products} of its
 * own.
 *
 * <p>Rows are taken 256 at a time, what is left by powers of two down to 16, the last few filled up
 * to 16: so there are five products per layer, however many lengths there are. A row has the same
 * bits in each of them (only a product of a single row sums in another order), so rows of any
 * groups may share a product.
 */
final class OneDnn {
  /** Rows of a call at most, a power of two. */
  static final int MOST_ROWS = 256;

  /** Rows of a call at least. */
  static final int LEAST_ROWS = 16;

  /** What weights are packed for: a group's latents. */
  private static final int USUAL_ROWS = 64;

  static final engine ENGINE = new engine(engine.kind.cpu, 0);
  private static final Map<Key, Product> PRODUCTS = new ConcurrentHashMap<>();
  private static final Map<Packing, memory.desc> PACKINGS = new ConcurrentHashMap<>();

  private OneDnn() {}

  /**
   * A kind of product.
   *
   * @param stride floats from one row of the result to the next
   * @param threads that it is compiled for
   * @param precision of the operands
   */
  record Key(
      int rows,
      int in,
      int out,
      int stride,
      boolean bias,
      boolean residual,
      Activation activation,
      int threads,
      Precision precision) {
    Key withRows(int number) {
      return new Key(number, in, out, stride, bias, residual, activation, threads, precision);
    }
  }

  /** A compiled product, with what lies where: source, weights, bias, result, scratchpad. */
  record Product(
      matmul primitive,
      memory.desc x,
      memory.desc weights,
      memory.desc bias,
      memory.desc y,
      memory.desc scratch) {}

  private record Packing(int in, int out, Precision precision) {}

  /** Rows of the next call where so many are left, {@link #LEAST_ROWS} or more. */
  static int rows(int left) {
    return Math.min(MOST_ROWS, Integer.highestOneBit(left));
  }

  /** The layout that weights [out, in] are packed in, by their shape alone. */
  static memory.desc packing(int in, int out, Precision precision) {
    return PACKINGS.computeIfAbsent(new Packing(in, out, precision), OneDnn::choosePacking);
  }

  private static memory.desc choosePacking(Packing shape) {
    long[] axes = {shape.in(), shape.out()};
    memory.data_type type = type(shape.precision());
    try (memory.desc any = new memory.desc(axes, type, memory.format_tag.any);
        memory.desc x = plain(USUAL_ROWS, shape.in(), type);
        memory.desc y = plain(USUAL_ROWS, shape.out());
        matmul.primitive_desc chosen = new matmul.primitive_desc(ENGINE, x, any, y)) {
      return new memory.desc(chosen.weights_desc());
    }
  }

  static Product product(Key key) {
    return PRODUCTS.computeIfAbsent(key, OneDnn::compile);
  }

  private static Product compile(Key key) {
    memory.desc x = plain(key.rows(), key.in(), type(key.precision()));
    memory.desc y = spread(key.rows(), key.out(), key.stride());
    memory.desc bias = plain(1, key.out());
    memory.desc weights = packing(key.in(), key.out(), key.precision());
    try (primitive_attr attributes = new primitive_attr();
        post_ops after = new post_ops()) {
      activate(after, key.activation());
      if (key.residual()) {
        after.append_binary(dnnl.dnnl_binary_add, y);
      }
      attributes.set_post_ops(after);
      attributes.set_scratchpad_mode(dnnl.dnnl_scratchpad_mode_user);
      try (matmul.primitive_desc chosen =
          key.bias()
              ? new matmul.primitive_desc(ENGINE, x, weights, bias, y, attributes, false)
              : new matmul.primitive_desc(ENGINE, x, weights, y, attributes, false)) {
        return new Product(
            new matmul(chosen), x, weights, bias, y, new memory.desc(chosen.scratchpad_desc()));
      }
    }
  }

  private static void activate(post_ops after, Activation activation) {
    switch (activation) {
      case NONE -> {}
      case RELU -> after.append_eltwise(dnnl.dnnl_eltwise_relu, 0, 0);
      case SQUARED_RELU -> {
        after.append_eltwise(dnnl.dnnl_eltwise_relu, 0, 0);
        after.append_eltwise(dnnl.dnnl_eltwise_square, 0, 0);
      }
      case GELU -> after.append_eltwise(dnnl.dnnl_eltwise_gelu_erf, 0, 0);
      case GELU_TANH -> after.append_eltwise(dnnl.dnnl_eltwise_gelu_tanh, 0, 0);
    }
  }

  /** [rows, columns] of floats, rows one after the other. */
  static memory.desc plain(int rows, int columns) {
    return plain(rows, columns, memory.data_type.f32);
  }

  private static memory.desc plain(int rows, int columns, memory.data_type type) {
    return new memory.desc(new long[] {rows, columns}, type, new long[] {columns, 1});
  }

  private static memory.data_type type(Precision precision) {
    return precision == Precision.BFLOAT16 ? memory.data_type.bf16 : memory.data_type.f32;
  }

  /** Whether this processor multiplies in that precision. */
  static boolean has(Precision precision) {
    int needed = dnnl.dnnl_cpu_isa_avx512_core_bf16;
    return precision == Precision.FLOAT32 || (dnnl.dnnl_get_effective_cpu_isa() & needed) == needed;
  }

  private static memory.desc spread(int rows, int columns, int stride) {
    return new memory.desc(
        new long[] {rows, columns}, memory.data_type.f32, new long[] {stride, 1});
  }

  /** Such as `oneDNN 3.11.0`. */
  static String describe() {
    var version = dnnl.dnnl_version();
    return "oneDNN " + version.major() + "." + version.minor() + "." + version.patch();
  }
}
