package tributary.tensor.nd4j;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Precision;

/**
 * One thread's way into {@link OneDnn}: for each kind of product the arguments, whose addresses are
 * moved from call to call. Kept between batches, for it is dear to make.
 */
final class Products implements AutoCloseable {
  private final stream stream = new stream(OneDnn.ENGINE);
  private final Map<OneDnn.Key, Call> calls = new HashMap<>();
  private final Window window = new Window();
  private final Window other = new Window();

  /** Products for going back, of this thread. */
  final GradientProducts back = new GradientProducts(stream);

  /** What scratch is for: a product's own, padded rows, a residual that is repeated. */
  static final int USES = 3;

  private static final int PRODUCT = 0;
  private static final int ROWS = 1;
  private static final int RESIDUAL = 2;

  /** Floats of a cache line. */
  private static final int LINE = 16;

  /**
   * Addresses of the operands' first elements; 0 where there is none.
   *
   * @param period rows after which the residual begins anew; 0: never
   */
  record Operands(long x, long weights, long bias, long residual, int period, long y) {}

  /**
   * Rows of y = x W^T with what the key says. A row's bits follow from that row alone, wherever it
   * is and whatever is beside it (see {@link OneDnn}).
   *
   * @param key its rows are ignored
   * @param scratch gives room where a product asks for it
   */
  void run(OneDnn.Key key, int rows, Operands operands, Scratch scratch) {
    Threads.ofCallsFromHere(key.threads()); // a scope of another backend may have had others
    for (int first = 0; first < rows; ) {
      int left = rows - first;
      if (left < OneDnn.LEAST_ROWS) {
        runFew(key, first, left, operands, scratch);
        return;
      }
      int some = OneDnn.rows(left);
      Operands here =
          new Operands(
              operands.x + (long) first * key.in() * Float.BYTES,
              operands.weights,
              operands.bias,
              residual(key, first, some, operands, scratch),
              0,
              operands.y + (long) first * key.stride() * Float.BYTES);
      call(key.withRows(some)).run(here, scratch);
      first += some;
    }
  }

  /** The last rows, too few for a product of their own: filled up with zeros. */
  private void runFew(OneDnn.Key key, int first, int left, Operands operands, Scratch scratch) {
    int rows = OneDnn.LEAST_ROWS;
    int in = rows * key.in();
    int out = (rows - 1) * key.stride() + key.out();
    int gap = (in + LINE - 1) / LINE * LINE;
    long x = scratch.address(ROWS, gap + out);
    long y = x + (long) gap * Float.BYTES;
    int own = left * key.in();
    copy(operands.x + (long) first * key.in() * Float.BYTES, x, own);
    zero(x + (long) own * Float.BYTES, in - own);
    long residual = operands.residual;
    if (residual != 0) {
      residual = scratch.address(RESIDUAL, out);
      zero(residual, out);
      repeat(key, first, left, operands, residual);
    }
    Operands padded = new Operands(x, operands.weights, operands.bias, residual, 0, y);
    call(key.withRows(rows)).run(padded, scratch);
    for (int r = 0; r < left; r++) {
      long row = (long) r * key.stride() * Float.BYTES;
      copy(y + row, operands.y + (long) first * key.stride() * Float.BYTES + row, key.out());
    }
  }

  /** Address of the residual of some rows, one after the other. */
  private long residual(OneDnn.Key key, int first, int rows, Operands operands, Scratch scratch) {
    int period = operands.period;
    long row = (long) key.stride() * Float.BYTES;
    if (operands.residual == 0 || period == 0) {
      return operands.residual == 0 ? 0 : operands.residual + first * row;
    }
    if (first % period + rows <= period) {
      return operands.residual + first % period * row;
    }
    long repeated = scratch.address(RESIDUAL, rows * key.stride());
    repeat(key, first, rows, operands, repeated);
    return repeated;
  }

  private void repeat(OneDnn.Key key, int first, int rows, Operands operands, long to) {
    int period = operands.period == 0 ? Integer.MAX_VALUE : operands.period;
    long row = (long) key.stride() * Float.BYTES;
    for (int done = 0; done < rows; ) {
      int from = (first + done) % period;
      int some = Math.min(rows - done, period - from);
      copy(operands.residual + from * row, to + done * row, (some - 1) * key.stride() + key.out());
      done += some;
    }
  }

  private void copy(long from, long to, int floats) {
    Pointer.memcpy(window.at(to), other.at(from), (long) floats * Float.BYTES);
  }

  private void zero(long at, int floats) {
    Pointer.memset(window.at(at), 0, (long) floats * Float.BYTES);
  }

  /** Room of at least so many floats, whose contents nobody needs. */
  interface Scratch {
    /**
     * One place for a use, until more is asked for.
     *
     * @param use 0 to {@link Products#USES} - 1
     */
    long address(int use, long floats);
  }

  private Call call(OneDnn.Key key) {
    Call known = calls.get(key);
    if (known == null) {
      known = new Call(key);
      calls.put(key, known);
    }
    return known;
  }

  /** Packs weights [out, in] from one place to another. */
  static void pack(int in, int out, Precision precision, long from, long to) {
    try (stream stream = new stream(OneDnn.ENGINE);
        memory.desc transposed =
            new memory.desc(new long[] {in, out}, memory.data_type.f32, new long[] {1, in}, false);
        Window a = new Window();
        Window b = new Window();
        memory plain = new memory(transposed, OneDnn.ENGINE, a.at(from));
        memory packed = new memory(OneDnn.packing(in, out, precision), OneDnn.ENGINE, b.at(to));
        reorder move = new reorder(plain, packed)) {
      move.execute(stream, plain, packed);
      stream._wait();
    }
  }

  private final class Call implements AutoCloseable {
    private final OneDnn.Product product;
    private final memory x;
    private final @Nullable Rounding rounding;
    private final memory weights;
    private final memory y;
    private final @Nullable memory bias;
    private final @Nullable memory residual;
    private final @Nullable memory scratch;
    private final long scratchFloats;
    private final IntMemoryMap arguments = new IntMemoryMap();

    Call(OneDnn.Key key) {
      product = OneDnn.product(key);
      x = argument(dnnl.DNNL_ARG_SRC, product.x());
      weights = argument(dnnl.DNNL_ARG_WEIGHTS, product.weights());
      y = argument(dnnl.DNNL_ARG_DST, product.y());
      bias = key.bias() ? argument(dnnl.DNNL_ARG_BIAS, product.bias()) : null;
      residual =
          key.residual()
              ? argument(
                  dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE | dnnl.DNNL_ARG_SRC_1, product.y())
              : null;
      scratchFloats = (product.scratch().get_size() + Float.BYTES - 1) / Float.BYTES;
      rounding = key.precision() == Precision.FLOAT32 ? null : new Rounding(key, product.x());
      scratch = scratchFloats > 0 ? argument(dnnl.DNNL_ARG_SCRATCHPAD, product.scratch()) : null;
    }

    private memory argument(int name, memory.desc layout) {
      memory made = new memory(layout, OneDnn.ENGINE, (Pointer) null);
      arguments.put(name, made);
      return made;
    }

    void run(Operands at, Scratch room) {
      if (rounding == null) {
        place(x, at.x());
        if (scratch != null) {
          place(scratch, room.address(PRODUCT, scratchFloats));
        }
      } else {
        long rounded = room.address(PRODUCT, scratchFloats + rounding.floats);
        rounding.run(at.x(), rounded);
        place(x, rounded);
        if (scratch != null) {
          place(scratch, rounded + rounding.floats * Float.BYTES);
        }
      }
      place(weights, at.weights());
      place(y, at.y());
      if (bias != null) {
        place(bias, at.bias());
      }
      if (residual != null) {
        place(residual, at.residual());
      }
      product.primitive().execute(stream, arguments);
    }

    @Override
    public void close() {
      arguments.close();
      x.close();
      weights.close();
      y.close();
      if (bias != null) {
        bias.close();
      }
      if (residual != null) {
        residual.close();
      }
      if (scratch != null) {
        scratch.close();
      }
      if (rounding != null) {
        rounding.close();
      }
    }
  }

  /** Rows of floats to rows of a lower precision, whole cache lines of them. */
  private final class Rounding implements AutoCloseable {
    private final memory.desc plain;
    private final memory from;
    private final memory to;
    private final reorder round;
    final long floats;

    Rounding(OneDnn.Key key, memory.desc rounded) {
      plain = OneDnn.plain(key.rows(), key.in());
      from = new memory(plain, OneDnn.ENGINE, (Pointer) null);
      to = new memory(rounded, OneDnn.ENGINE, (Pointer) null);
      round = new reorder(from, to);
      floats = (rounded.get_size() / Float.BYTES + 16) / 16 * 16;
    }

    void run(long source, long target) {
      place(from, source);
      place(to, target);
      round.execute(stream, from, to);
    }

    @Override
    public void close() {
      round.close();
      from.close();
      to.close();
      plain.close();
    }
  }

  private void place(memory argument, long address) {
    argument.set_data_handle(window.at(address));
  }

  @Override
  public void close() {
    calls.values().forEach(Call::close);
    calls.clear();
    back.close();
    stream.close();
    window.close();
    other.close();
  }

  /** A pointer that can be moved. It owns nothing. */
  static final class Window extends FloatPointer {
    Window at(long to) {
      this.address = to;
      return this;
    }
  }
}
