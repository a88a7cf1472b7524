package tributary.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;

/**
 * The rules of {@link Scope}'s operations on shapes, the same for every backend: each method checks
 * its operands and gives the shape of the result.
 */
public final class Shapes {
  private Shapes() {}

  /** x [g, n, in] by a layer [out, in]: [g, n, out]. */
  public static Shape linear(Shape x, Linear layer) {
    Shape weight = layer.weight().shape();
    require(weight.groups() == 1, "weight", weight, "[1, out, in]");
    require(
        x.channels() == weight.channels(),
        "input of linear",
        x,
        "weight " + weight + " [1, out, in]");
    if (layer.bias() != null) {
      Shape bias = layer.bias().shape();
      Shape expected = Shape.vector(weight.rows());
      require(bias.equals(expected), "bias", bias, expected + ", weight " + weight);
    }
    return new Shape(x.groups(), x.rows(), weight.rows());
  }

  /** As {@link #linear}; the residual is [g or 1, n, out]. */
  public static Shape linearPlus(Shape x, Linear layer, Shape residual) {
    Shape result = linear(x, layer);
    require(
        (residual.groups() == result.groups() || residual.groups() == 1)
            && residual.rows() == result.rows()
            && residual.channels() == result.channels(),
        "residual",
        residual,
        "result " + result + ", or one group");
    return result;
  }

  /** Rows of x have as many channels as the norm. */
  public static Shape normalize(Shape x, LayerNorm norm) {
    Shape expected = Shape.vector(x.channels());
    require(norm.weight().shape().equals(expected), "norm weight", norm.weight().shape(), "x " + x);
    require(norm.bias().shape().equals(expected), "norm bias", norm.bias().shape(), "x " + x);
    return x;
  }

  /** Of {@link Scope#attendPart}, from the shape of attend: a shift and a sum a head more. */
  public static Shape attendPart(Shape attended, Attention attention) {
    return new Shape(
        attended.groups(), attended.rows(), attended.channels() + 2 * attention.heads());
  }

  /** As {@link #attend(Shape, Shape, Shape, Attention, Mask)}, with weights [g or 1, m]. */
  public static Shape attend(
      Shape queries,
      Shape keys,
      Shape values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Shape result = attend(queries, keys, values, attention, mask);
    if (weights != null
        && !((weights.groups() == keys.groups() || weights.groups() == 1)
            && weights.keys() == keys.rows())) {
      throw Invalid.argument(
          "key weights",
          "[" + weights.groups() + ", " + weights.keys() + "]",
          "keys " + keys + ", or one group");
    }
    return result;
  }

  /** Queries [g or 1, n, h d], keys [g, m, h d], values [g, m, h e], mask: [g, n, h e]. */
  public static Shape attend(
      Shape queries, Shape keys, Shape values, Attention attention, @Nullable Mask mask) {
    int heads = attention.heads();
    require(
        (queries.groups() == keys.groups() || queries.groups() == 1)
            && queries.channels() == keys.channels(),
        "queries",
        queries,
        "keys " + keys);
    require(
        values.groups() == keys.groups() && values.rows() == keys.rows(),
        "values",
        values,
        "keys " + keys);
    if (heads < 1 || keys.channels() % heads != 0 || values.channels() % heads != 0) {
      throw Invalid.argument(
          "heads", heads, "a divisor of the channels of keys " + keys + " and of values " + values);
    }
    if (mask != null
        && !((mask.groups() == keys.groups() || mask.groups() == 1)
            && (mask.queries() == queries.rows() || mask.queries() == 1)
            && mask.keys() == keys.rows())) {
      throw Invalid.argument(
          "mask",
          "[" + mask.groups() + ", " + mask.queries() + ", " + mask.keys() + "]",
          "queries " + queries + ", keys " + keys);
    }
    return new Shape(keys.groups(), queries.rows(), values.channels());
  }

  /** Pieces are as large together as the shape: that size. */
  public static int together(Shape shape, List<Scope.Piece> pieces) {
    long size = pieces.stream().mapToLong(Scope.Piece::length).sum();
    if (size != shape.size()) {
      throw Invalid.argument("pieces", size + " values", "shape " + shape);
    }
    return Math.toIntExact(size);
  }

  /** Groups of unequal length follow each other; all have the same queries. */
  public static void lengths(Shape queries, Shape inputs, Lengths lengths) {
    require(queries.groups() == 1, "queries", queries, "[1, n, channels]");
    require(
        inputs.groups() == 1 && inputs.rows() == lengths.total() && lengths.groups() > 0,
        "inputs",
        inputs,
        "one group, of the lengths " + lengths);
  }

  /** x [g, n, c] and y [g or 1, n or 1, c]: [g, n, c]. */
  public static Shape add(Shape x, Shape y) {
    require(
        (y.groups() == x.groups() || y.groups() == 1)
            && (y.rows() == x.rows() || y.rows() == 1)
            && y.channels() == x.channels(),
        "addend",
        y,
        "x " + x + ", or one group, or one row");
    return x;
  }

  /** Every index is a row of the table [1, rows, c]: [1, indices.length, c]. */
  public static Shape lookup(Shape table, int[] indices) {
    require(table.groups() == 1, "table", table, "[1, rows, channels]");
    for (int index : indices) {
      if (index < 0 || index >= table.rows()) {
        throw Invalid.argument("index", index, "a row of the table " + table);
      }
    }
    return Shape.matrix(indices.length, table.channels());
  }

  /** The sum of the rows; groups and channels are equal. */
  public static Shape concatRows(List<Tensor> parts) {
    if (parts.isEmpty()) {
      throw Invalid.argument("parts", "[]", "at least one");
    }
    Shape first = parts.get(0).shape();
    int rows = 0;
    for (Tensor part : parts) {
      Shape shape = part.shape();
      require(
          shape.groups() == first.groups() && shape.channels() == first.channels(),
          "part",
          shape,
          "first part " + first);
      rows = Math.addExact(rows, shape.rows());
    }
    return new Shape(first.groups(), rows, first.channels());
  }

  /** The sizes are equal. */
  public static Shape reshape(Shape x, Shape shape) {
    require(shape.size() == x.size(), "shape", shape, "the size of " + x);
    return shape;
  }

  /** 0 <= from <= to <= groups: [to - from, n, c]. */
  public static Shape groups(Shape x, int from, int to) {
    if (from < 0 || to < from || to > x.groups()) {
      throw Invalid.argument("groups", "[" + from + ", " + to + ")", "of x " + x);
    }
    return new Shape(to - from, x.rows(), x.channels());
  }

  /** 0 <= from <= to <= rows: [g, to - from, c]. */
  public static Shape rows(Shape x, int from, int to) {
    if (from < 0 || to < from || to > x.rows()) {
      throw Invalid.argument("rows", "[" + from + ", " + to + ")", "of x " + x);
    }
    return new Shape(x.groups(), to - from, x.channels());
  }

  /** x [1, n, c], or of as many groups already: [groups, n, c]. */
  public static Shape repeat(Shape x, int groups) {
    require(x.groups() == 1 || x.groups() == groups, "x", x, "one group, or " + groups);
    return new Shape(groups, x.rows(), x.channels());
  }

  /** x [g, n, c] by a modulation [g or 1, 1, 2 c]: [g, n, c]. */
  public static Shape modulate(Shape x, Shape modulation) {
    require(
        (modulation.groups() == x.groups() || modulation.groups() == 1)
            && modulation.rows() == 1
            && modulation.channels() == 2 * x.channels(),
        "modulation",
        modulation,
        "x " + x + ": one row per group, twice as wide, or one group");
    return x;
  }

  /** dy [g, n, out] by a layer [out, in]: [g, n, in]. */
  public static Shape linearInput(Shape dy, Linear layer) {
    Shape weight = layer.weight().shape();
    require(
        dy.channels() == weight.rows(),
        "gradient of linear",
        dy,
        "weight " + weight + " [1, out, in]");
    return new Shape(dy.groups(), dy.rows(), weight.channels());
  }

  /** dy [g, n, out] and x [g, n, in] for a sum [1, out, in]. */
  public static void linearWeight(Shape sum, Shape dy, Shape x) {
    require(dy.groups() == x.groups() && dy.rows() == x.rows(), "gradient of linear", dy, "x " + x);
    require(
        sum.equals(Shape.matrix(dy.channels(), x.channels())),
        "sum of the weight's gradient",
        sum,
        "gradient " + dy + ", x " + x);
  }

  /** A sum [g or 1, n or 1, c] of a gradient [g, n, c]. */
  public static void accumulate(Shape sum, Shape dy) {
    require(
        (sum.groups() == dy.groups() || sum.groups() == 1)
            && (sum.rows() == dy.rows() || sum.rows() == 1)
            && sum.channels() == dy.channels(),
        "sum",
        sum,
        "gradient " + dy + ", or one group, or one row");
  }

  /** Two shapes are equal. */
  public static void alike(String what, Shape shape, Shape other) {
    require(shape.equals(other), what, shape, "as " + other);
  }

  /** The array holds the shape's elements from the offset on. */
  public static void within(Shape shape, float[] values, int offset) {
    if (offset < 0 || offset + shape.size() > values.length) {
      throw Invalid.argument(
          "values",
          values.length + " from " + offset + " on",
          "shape " + shape + ", " + shape.size() + " elements");
    }
  }

  private static void require(boolean holds, String what, Shape shape, String rule) {
    if (!holds) {
      throw Invalid.argument(what, shape, rule);
    }
  }
}
