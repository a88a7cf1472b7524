package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import tributary.tensor.Attention;
import tributary.tensor.Attention.FullyMasked;
import tributary.tensor.KeyWeights;
import tributary.tensor.Mask;
import tributary.tensor.Shape;

/** softmax(scale q k^T) v of all groups and heads at once: a fixed number of calls, no loop. */
final class ArrayAttention {
  /** What a masked score becomes: below every other, and finite. */
  private static final double MASKED = -3e38;

  private ArrayAttention() {}

  /** queries [g or 1, n, h d], keys [g, m, h d], values [g, m, h e], m > 0: [g, n, h e]. */
  static INDArray attend(
      ArrayTensor queries,
      ArrayTensor keys,
      ArrayTensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    int heads = attention.heads();
    int groups = keys.shape().groups();
    int n = queries.shape().rows();
    int width = values.shape().channels() / heads;
    try (INDArray q = heads(queries, heads, groups);
        INDArray k = heads(keys, heads, groups);
        INDArray v = heads(values, heads, groups);
        INDArray scores = ArrayScope.room(groups, heads, n, keys.shape().rows());
        INDArray y = ArrayScope.room(groups, heads, n, width)) {
      Nd4j.matmul(q, k, scores, false, true, false);
      try (INDArray sums = exponentials(scores, attention, mask, weights)) {
        Nd4j.matmul(scores, v, y, false, false, false);
        y.divi(sums);
      }
      return rows(y);
    }
  }

  /** {@link #attend} with shifts and sums beside each row, see Scope.attendPart. */
  static INDArray attendPart(
      ArrayTensor queries,
      ArrayTensor keys,
      ArrayTensor values,
      Attention attention,
      @Nullable KeyWeights weights) {
    int heads = attention.heads();
    int groups = keys.shape().groups();
    int n = queries.shape().rows();
    int width = values.shape().channels() / heads;
    try (INDArray q = heads(queries, heads, groups);
        INDArray k = heads(keys, heads, groups);
        INDArray v = heads(values, heads, groups);
        INDArray scores = ArrayScope.room(groups, heads, n, keys.shape().rows());
        INDArray y = ArrayScope.room(groups, heads, n, width)) {
      Nd4j.matmul(q, k, scores, false, true, false);
      weigh(scores, weights, attention.scale());
      try (INDArray shifts = scores.max(true, 3)) {
        scores.subi(shifts);
        scores.muli(attention.scale());
        Transforms.exp(scores, false);
        try (INDArray sums = scores.sum(true, 3)) {
          Nd4j.matmul(scores, v, y, false, false, false);
          y.divi(sums);
          try (INDArray rows = rows(y);
              INDArray largest = rows(shifts);
              INDArray totals = rows(sums)) {
            return Nd4j.concat(2, rows, largest, totals);
          }
        }
      }
    }
  }

  /** [g, h, n, e] to [g, n, h e], a copy. */
  private static INDArray rows(INDArray x) {
    return x.permute(0, 2, 1, 3).dup('c').reshape(x.size(0), x.size(2), x.size(1) * x.size(3));
  }

  /** [g or 1, n, h d] to [g, h, n, d], a copy. */
  private static INDArray heads(ArrayTensor x, int heads, int groups) {
    Shape shape = x.shape();
    INDArray split =
        x.values()
            .reshape(shape.groups(), shape.rows(), heads, shape.channels() / heads)
            .permute(0, 2, 1, 3);
    INDArray copy = split.dup('c');
    if (shape.groups() == groups) {
      return copy;
    }
    try (copy) {
      return Nd4j.tile(copy, groups, 1, 1, 1);
    }
  }

  /**
   * Scores [g, h, n, m] become exp(scale (score - the row's largest)) by the key's weight, 0 where
   * masked; gives the rows' sums [g, h, n, 1], 1 for a row of zeros. A row without any key has
   * equal scores: it is uniform as it stands, or set to zero.
   */
  private static INDArray exponentials(
      INDArray scores, Attention attention, @Nullable Mask mask, @Nullable KeyWeights weights) {
    scores.muli(attention.scale());
    weigh(scores, weights, 1);
    if (mask == null) {
      return shifted(scores);
    }
    try (INDArray allowed = allowed(mask)) {
      scores.muli(allowed);
      try (INDArray forbidden = allowed.rsub(1)) {
        scores.addi(forbidden.muli(MASKED));
      }
      INDArray sums = shifted(scores);
      if (attention.fullyMasked() == FullyMasked.UNIFORM) {
        return sums;
      }
      sums.close();
      scores.muli(allowed);
    }
    INDArray sums = scores.sum(true, 3);
    try (INDArray empty = sums.eq(0);
        INDArray one = empty.castTo(DataType.FLOAT)) {
      return sums.addi(one);
    }
  }

  /**
   * w exp(scale score) = exp(scale (score + ln(w) / scale)), which no float overflows. What is
   * taken off for a weight of 1 is +0, which changes no bit.
   */
  private static void weigh(INDArray scores, @Nullable KeyWeights weights, double scale) {
    if (weights == null) {
      return;
    }
    float[] off = new float[weights.groups() * weights.keys()];
    for (int i = 0; i < off.length; i++) {
      double weight = weights.at(i / weights.keys(), i % weights.keys());
      off[i] = (float) ((0 - Math.log(weight)) / scale);
    }
    long[] shape = {weights.groups(), 1, 1, weights.keys()};
    try (INDArray penalties = Nd4j.create(off, shape, 'c')) {
      scores.subi(penalties);
    }
  }

  /** exp(scores - their largest a row), and the sums. */
  private static INDArray shifted(INDArray scores) {
    try (INDArray largest = scores.max(true, 3)) {
      scores.subi(largest);
    }
    Transforms.exp(scores, false);
    return scores.sum(true, 3);
  }

  /** 1 where allowed: [groups, 1, queries, keys]. */
  private static INDArray allowed(Mask mask) {
    float[] values = new float[mask.allowed().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = mask.allowed()[i] ? 1 : 0;
    }
    return Nd4j.create(values, new long[] {mask.groups(), 1, mask.queries(), mask.keys()}, 'c');
  }
}
