package tributary.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one batch and the operations on it; lives in a task, used by one thread, closed by
 * who opened it. Results belong to the scope and die with it. Operands may come from this scope,
 * from those around it and inside it that are still open, or be constants of the backend.
 *
 * <p>A group of a result depends on that group of the operands alone (see the package's law).
 * Operands with 1 group are broadcast where it says so. A mismatch of shapes is an {@link
 * IllegalArgumentException} that prints both sides.
 */
public interface Scope extends AutoCloseable {
  /** Copies values[offset .. offset + shape.size()) in. */
  Tensor upload(Shape shape, float[] values, int offset);

  /**
   * Copies pieces in, one after the other.
   *
   * @param pieces together of the shape's size
   */
  default Tensor upload(Shape shape, List<Piece> pieces) {
    float[] all = new float[Shapes.together(shape, pieces)];
    int at = 0;
    for (Piece piece : pieces) {
      System.arraycopy(piece.values(), piece.offset(), all, at, piece.length());
      at += piece.length();
    }
    return upload(shape, all, 0);
  }

  /** Values [offset, offset + length) of an array. */
  @SuppressWarnings("ArrayRecordComponent")
  record Piece(float[] values, int offset, int length) {}

  /** Copies x out to values[offset ..). */
  void download(Tensor x, float[] values, int offset);

  /** All of x, copied out: [g, n, c] row-major. */
  default float[] values(Tensor x) {
    float[] values = new float[Math.toIntExact(x.shape().size())];
    download(x, values, 0);
    return values;
  }

  /** x W^T + b, then the activation. x [g, n, in] gives [g, n, out]. */
  Tensor linear(Tensor x, Linear layer, Activation activation);

  /** x W^T + b + residual. x [g, n, in]; residual [g or 1, n, out], broadcast over groups. */
  Tensor linearPlus(Tensor x, Linear layer, Tensor residual);

  /** Layer norm of every row. */
  Tensor normalize(Tensor x, LayerNorm norm);

  /**
   * Multi-head scaled dot-product attention, softmax(scale q k^T) v per head. queries [g or 1, n,
   * heads * d], keys [g, m, heads * d], values [g, m, heads * e]; gives [g, n, heads * e]. m may be
   * 0: the result is 0. Queries are broadcast over groups.
   */
  default Tensor attend(
      Tensor queries, Tensor keys, Tensor values, Attention attention, @Nullable Mask mask) {
    return attend(queries, keys, values, attention, mask, null);
  }

  /**
   * {@link #attend(Tensor, Tensor, Tensor, Attention, Mask)} where key j counts as w_j keys: its
   * share is w_j exp(scale score_j) of the sum of these (Bolya et al. 2023, equation 1). A query
   * that may attend to no key gets what {@link Attention#fullyMasked} says, whatever the weights:
   * {@link Attention.FullyMasked#UNIFORM} is the plain mean.
   *
   * @param weights [g or 1, m]; null: each key counts as one
   */
  Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights);

  /**
   * {@link #attend(Tensor, Tensor, Tensor, Attention, Mask, KeyWeights)} for groups of unequal
   * length, one after the other in keys and values. What a group gets is what it gets alone.
   *
   * @param queries [1, n, heads * d]
   * @param keys [1, total, heads * d]
   * @param values [1, total, heads * e]
   * @param weights [1, total]; null: each key counts as one
   * @return [groups, n, heads * e]
   */
  default Tensor attend(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), keys.shape(), lengths);
    Tensor k = reshape(keys, new Shape(lengths.total(), 1, keys.shape().channels()));
    Tensor v = reshape(values, new Shape(lengths.total(), 1, values.shape().channels()));
    List<Tensor> parts = new ArrayList<>();
    for (int g = 0; g < lengths.groups(); g++) {
      int from = lengths.start(g);
      int to = from + lengths.length(g);
      KeyWeights counts = weights == null ? null : weights.ofKeys(from, to);
      Tensor own = reshape(groups(k, from, to), Shape.matrix(to - from, k.shape().channels()));
      Tensor its = reshape(groups(v, from, to), Shape.matrix(to - from, v.shape().channels()));
      parts.add(attend(queries, own, its, attention, null, counts));
    }
    Shape shape = new Shape(lengths.groups(), queries.shape().rows(), values.shape().channels());
    return reshape(concatRows(parts), shape);
  }

  /**
   * {@link #attend(Tensor, Tensor, Tensor, Attention, Mask)} with keys and values that are made of
   * inputs [g, m, c] on the way: key and value give heads * d and heads * e channels. They need not
   * all be there at once, so that the cache holds what is in use.
   */
  default Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable Mask mask) {
    return attendTo(queries, inputs, key, value, attention, mask, null);
  }

  /**
   * {@link #attendTo(Tensor, Tensor, Linear, Linear, Attention, Mask)} where key j counts as w_j
   * keys.
   *
   * @param weights [g or 1, m]; null: each key counts as one
   */
  default Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    return attend(
        queries,
        linear(inputs, key, Activation.NONE),
        linear(inputs, value, Activation.NONE),
        attention,
        mask,
        weights);
  }

  /**
   * {@link #attendTo(Tensor, Tensor, Linear, Linear, Attention, Mask, KeyWeights)} for groups of
   * unequal length, one after the other in inputs [1, total, c]. What a group gets is what it gets
   * alone.
   *
   * @param queries [1, n, heads * d]
   * @param weights [1, total]; null: each key counts as one
   * @return [groups, n, heads * e]
   */
  default Tensor attendTo(
      Tensor queries,
      Tensor inputs,
      Lengths lengths,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), inputs.shape(), lengths);
    int channels = inputs.shape().channels();
    Tensor rows = reshape(inputs, new Shape(lengths.total(), 1, channels));
    List<Tensor> parts = new ArrayList<>();
    for (int g = 0; g < lengths.groups(); g++) {
      int from = lengths.start(g);
      int to = from + lengths.length(g);
      Tensor own = reshape(groups(rows, from, to), Shape.matrix(to - from, channels));
      KeyWeights counts = weights == null ? null : weights.ofKeys(from, to);
      parts.add(attendTo(queries, own, key, value, attention, null, counts));
    }
    Shape shape = new Shape(lengths.groups(), queries.shape().rows(), value.outputs());
    return reshape(concatRows(parts), shape);
  }

  /**
   * {@link #attend(Tensor, Tensor, Tensor, Attention, Mask)} to some of the keys, so that what
   * other keys gave can be merged with it (Rabe and Staats 2021): a row holds what attend gives
   * [heads * e], then of each head a shift s near its largest score [heads], then the sum of
   * exp(scale (score - s)) over its keys [heads]. Without keys: 0, -infinity, 0.
   *
   * @return [g, n, heads * e + 2 * heads]
   */
  default Tensor attendPart(Tensor queries, Tensor keys, Tensor values, Attention attention) {
    return attendPart(queries, keys, values, attention, null);
  }

  /**
   * {@link #attendPart(Tensor, Tensor, Tensor, Attention)} where key j counts as w_j keys: the sum
   * is that of w_j exp(scale (score_j - s)), s is near the largest score_j + ln(w_j) / scale. Parts
   * merge as those without weights do, and with them.
   *
   * @param weights [g or 1, m]; null: each key counts as one
   * @return [g, n, heads * e + 2 * heads]
   */
  Tensor attendPart(
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable KeyWeights weights);

  /**
   * {@link #attendPart(Tensor, Tensor, Tensor, Attention)} with keys and values that are made on
   * the way, as attendTo makes them.
   */
  default Tensor attendToPart(
      Tensor queries, Tensor inputs, Linear key, Linear value, Attention attention) {
    return attendToPart(queries, inputs, key, value, attention, null);
  }

  /**
   * {@link #attendPart(Tensor, Tensor, Tensor, Attention, KeyWeights)} with keys and values that
   * are made on the way.
   *
   * @param weights [g or 1, m]; null: each key counts as one
   * @return [g, n, heads * e + 2 * heads]
   */
  default Tensor attendToPart(
      Tensor queries,
      Tensor inputs,
      Linear key,
      Linear value,
      Attention attention,
      @Nullable KeyWeights weights) {
    return attendPart(
        queries,
        linear(inputs, key, Activation.NONE),
        linear(inputs, value, Activation.NONE),
        attention,
        weights);
  }

  /** x + y; y [g or 1, n or 1, c] is broadcast over groups and rows. */
  Tensor add(Tensor x, Tensor y);

  /** Rows of a table [1, rows, c] by number: [1, indices.length, c]. */
  Tensor lookup(Tensor table, int[] indices);

  /** The parts (equal groups and channels) one after the other along the rows. */
  Tensor concatRows(List<Tensor> parts);

  /** The values of x under another shape of the same size; no copy. */
  Tensor reshape(Tensor x, Shape shape);

  /** Groups [from, to) of x; no copy. */
  Tensor groups(Tensor x, int from, int to);

  /** Mean over the rows of each group, accumulated in double: [g, 1, c]. */
  Tensor meanRows(Tensor x);

  /** Rows [from, to) of every group of x [g, n, c]: [g, to - from, c]. */
  default Tensor rows(Tensor x, int from, int to) {
    Shape result = Shapes.rows(x.shape(), from, to);
    int c = result.channels();
    int n = x.shape().rows();
    float[] all = values(x); // [g, n, c]
    float[] some = new float[Math.toIntExact(result.size())]; // [g, to - from, c]
    for (int g = 0; g < result.groups(); g++) {
      int floats = result.rows() * c;
      System.arraycopy(all, (g * n + from) * c, some, g * floats, floats);
    }
    return upload(result, some, 0);
  }

  /** A tensor of one group [1, n, c] once for each of g groups: [g, n, c]. */
  default Tensor repeat(Tensor x, int groups) {
    Shape result = Shapes.repeat(x.shape(), groups);
    if (groups == x.shape().groups()) {
      return x;
    }
    float[] once = values(x);
    float[] all = new float[Math.toIntExact(result.size())];
    for (int g = 0; g < groups; g++) {
      System.arraycopy(once, 0, all, g * once.length, once.length);
    }
    return upload(result, all, 0);
  }

  /** The activation of every value, in double, where no linear layer comes before it. */
  default Tensor activate(Tensor x, Activation activation) {
    float[] y = values(x);
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) Activations.apply(activation, y[i]);
    }
    return upload(x.shape(), y, 0);
  }

  /**
   * (1 + scale) x + shift, channel by channel, in double (Perez et al. 2018, equation 2, with the
   * scale counted from 1).
   *
   * @param x [g, n, c]
   * @param modulation [g or 1, 1, 2 c]: scales, then shifts, the same for all rows of a group
   * @return [g, n, c]
   */
  default Tensor modulate(Tensor x, Tensor modulation) {
    Shape shape = Shapes.modulate(x.shape(), modulation.shape());
    float[] by = values(modulation);
    float[] y = values(x); // [g, n, c]
    int c = shape.channels();
    for (int g = 0; g < shape.groups(); g++) {
      int scale = modulation.shape().groups() == 1 ? 0 : g * 2 * c;
      for (int r = 0; r < shape.rows(); r++) {
        int row = (g * shape.rows() + r) * c;
        for (int i = 0; i < c; i++) {
          double scaled = (1.0 + by[scale + i]) * y[row + i];
          y[row + i] = (float) (scaled + by[scale + c + i]);
        }
      }
    }
    return upload(shape, y, 0);
  }

  /**
   * The backward functions of these operations.
   *
   * @throws UnsupportedOperationException where this backend has none
   */
  default Gradients gradients() {
    throw new UnsupportedOperationException(
        "Cannot learn on these kernels: they have no backward functions (set kernels to cpu)");
  }

  /**
   * A scope inside this one for intermediates: what it holds is given back when it closes, this
   * scope's own tensors stay.
   */
  Scope inner();

  /**
   * An inner scope where equal groups go through an operation `product` at a time, so that what a
   * group gets follows from that number alone (see {@link Backend.Cut}). Backends that compute each
   * group apart need not know it.
   */
  default Scope inner(int product) {
    return inner();
  }

  @Override
  void close();
}
