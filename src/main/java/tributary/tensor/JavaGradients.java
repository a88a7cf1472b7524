package tributary.tensor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** {@link Gradients} in plain loops over float arrays; every sum of a call is taken in double. */
final class JavaGradients implements Gradients {
  private final JavaScope scope;

  JavaGradients(JavaScope scope) {
    this.scope = scope;
  }

  @Override
  public Tensor zeros(Shape shape) {
    return scope.upload(shape, new float[Math.toIntExact(shape.size())], 0);
  }

  private JavaTensor allocate(Shape shape) {
    return JavaTensor.of(zeros(shape));
  }

  @Override
  public void accumulate(Tensor sum, Tensor dy) {
    Shapes.accumulate(sum.shape(), dy.shape());
    JavaTensor s = JavaTensor.of(sum);
    JavaTensor d = JavaTensor.of(dy);
    double[] all = new double[(int) sum.shape().size()];
    Shape shape = dy.shape();
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        for (int c = 0; c < shape.channels(); c++) {
          all[s.row(g, r) - s.offset() + c] += d.at(g, r, c);
        }
      }
    }
    add(s, all);
  }

  private static void add(JavaTensor sum, double[] all) {
    for (int i = 0; i < all.length; i++) {
      sum.values()[sum.offset() + i] += (float) all[i];
    }
  }

  @Override
  public Tensor linearInput(Tensor dy, Linear layer) {
    JavaTensor d = JavaTensor.of(dy);
    JavaTensor w = JavaTensor.of(layer.weight());
    JavaTensor dx = allocate(Shapes.linearInput(dy.shape(), layer));
    Shape shape = dx.shape();
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < shape.rows(); r++) {
        for (int i = 0; i < shape.channels(); i++) {
          double sum = 0;
          for (int o = 0; o < layer.outputs(); o++) {
            sum += (double) d.at(g, r, o) * w.at(0, o, i);
          }
          dx.values()[dx.row(g, r) + i] = (float) sum;
        }
      }
    }
    return dx;
  }

  @Override
  public void linearWeight(Tensor sum, Tensor dy, Tensor x) {
    Shapes.linearWeight(sum.shape(), dy.shape(), x.shape());
    JavaTensor d = JavaTensor.of(dy);
    JavaTensor a = JavaTensor.of(x);
    int inputs = x.shape().channels();
    double[] all = new double[(int) sum.shape().size()];
    for (int g = 0; g < x.shape().groups(); g++) {
      for (int r = 0; r < x.shape().rows(); r++) {
        for (int o = 0; o < dy.shape().channels(); o++) {
          double by = d.at(g, r, o);
          for (int i = 0; i < inputs; i++) {
            all[o * inputs + i] += by * a.at(g, r, i);
          }
        }
      }
    }
    add(JavaTensor.of(sum), all);
  }

  @Override
  public Tensor activation(Tensor dy, Tensor at, Activation activation) {
    Shapes.alike("gradient", dy.shape(), at.shape());
    JavaTensor d = JavaTensor.of(dy);
    JavaTensor a = JavaTensor.of(at);
    JavaTensor dx = allocate(dy.shape());
    for (int i = 0; i < dx.values().length; i++) {
      double slope = Activations.slope(activation, a.values()[a.offset() + i]);
      dx.values()[i] = (float) (d.values()[d.offset() + i] * slope);
    }
    return dx;
  }

  @Override
  public Tensor normalize(
      Tensor dy, Tensor x, LayerNorm norm, @Nullable Tensor weight, @Nullable Tensor bias) {
    Shapes.normalize(x.shape(), norm);
    Shapes.alike("gradient", dy.shape(), x.shape());
    JavaTensor d = JavaTensor.of(dy);
    JavaTensor a = JavaTensor.of(x);
    JavaTensor w = JavaTensor.of(norm.weight());
    JavaTensor dx = allocate(x.shape());
    int n = x.shape().channels();
    double[] byWeight = new double[n];
    double[] byBias = new double[n];
    double[] z = new double[n];
    double[] dz = new double[n];
    for (int g = 0; g < x.shape().groups(); g++) {
      for (int r = 0; r < x.shape().rows(); r++) {
        double deviation = standardize(a, a.row(g, r), n, norm.epsilon(), z);
        double mean = 0;
        double slope = 0;
        for (int c = 0; c < n; c++) {
          double by = d.at(g, r, c);
          byWeight[c] += by * z[c];
          byBias[c] += by;
          dz[c] = by * w.at(0, 0, c);
          mean += dz[c] / n;
          slope += dz[c] * z[c] / n;
        }
        for (int c = 0; c < n; c++) {
          dx.values()[dx.row(g, r) + c] = (float) ((dz[c] - mean - z[c] * slope) / deviation);
        }
      }
    }
    if (weight != null) {
      add(JavaTensor.of(weight), byWeight);
    }
    if (bias != null) {
      add(JavaTensor.of(bias), byBias);
    }
    return dx;
  }

  /** z = (x - mean) / deviation of a row; gives the deviation. */
  private static double standardize(JavaTensor x, int at, int n, float epsilon, double[] z) {
    double mean = 0;
    for (int c = 0; c < n; c++) {
      mean += x.values()[at + c];
    }
    mean /= n;
    double variance = 0;
    for (int c = 0; c < n; c++) {
      z[c] = x.values()[at + c] - mean;
      variance += z[c] * z[c];
    }
    double deviation = Math.sqrt(variance / n + epsilon);
    for (int c = 0; c < n; c++) {
      z[c] /= deviation;
    }
    return deviation;
  }

  @Override
  public Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Attention attention,
      @Nullable Mask mask,
      @Nullable KeyWeights weights) {
    Shape shape =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, mask, weights);
    Shapes.alike("gradient", dy.shape(), shape);
    AttentionSums sums = new AttentionSums(queries, keys, values, attention);
    for (int g = 0; g < shape.groups(); g++) {
      sums.group(JavaTensor.of(dy), g, g, 0, keys.shape().rows(), mask, weights);
    }
    return sums.attended();
  }

  @Override
  public Attended attend(
      Tensor dy,
      Tensor queries,
      Tensor keys,
      Tensor values,
      Lengths lengths,
      Attention attention,
      @Nullable KeyWeights weights) {
    Shapes.lengths(queries.shape(), keys.shape(), lengths);
    Shape one =
        Shapes.attend(queries.shape(), keys.shape(), values.shape(), attention, null, weights);
    Shapes.alike("gradient", dy.shape(), new Shape(lengths.groups(), one.rows(), one.channels()));
    AttentionSums sums = new AttentionSums(queries, keys, values, attention);
    for (int g = 0; g < lengths.groups(); g++) {
      int from = lengths.start(g);
      sums.group(JavaTensor.of(dy), g, 0, from, from + lengths.length(g), null, weights);
    }
    return sums.attended();
  }

  /** What a call's groups give to queries, keys and values. */
  private final class AttentionSums {
    private final JavaTensor q; // [g or 1, n, h d]
    private final JavaTensor k; // [g, m, h d]
    private final JavaTensor v; // [g, m, h e]
    private final Attention attention;
    private final double[] dq;
    private final double[] dk;
    private final double[] dv;
    private final int d;
    private final int e;

    AttentionSums(Tensor queries, Tensor keys, Tensor values, Attention attention) {
      q = JavaTensor.of(queries);
      k = JavaTensor.of(keys);
      v = JavaTensor.of(values);
      this.attention = attention;
      dq = new double[(int) queries.shape().size()];
      dk = new double[(int) keys.shape().size()];
      dv = new double[(int) values.shape().size()];
      d = keys.shape().channels() / attention.heads();
      e = values.shape().channels() / attention.heads();
    }

    Attended attended() {
      return new Attended(rounded(q, dq), rounded(k, dk), rounded(v, dv));
    }

    private Tensor rounded(JavaTensor like, double[] sums) {
      JavaTensor y = allocate(like.shape());
      add(y, sums);
      return y;
    }

    /** One group of dy, whose keys are rows [from, to) of a group of the keys. */
    void group(
        JavaTensor dy,
        int group,
        int keyGroup,
        int from,
        int to,
        @Nullable Mask mask,
        @Nullable KeyWeights counts) {
      for (int n = 0; n < dy.shape().rows(); n++) {
        for (int h = 0; h < attention.heads(); h++) {
          query(dy, group, keyGroup, n, h, from, to, mask, counts);
        }
      }
    }

    private void query(
        JavaTensor dy,
        int group,
        int keyGroup,
        int n,
        int h,
        int from,
        int to,
        @Nullable Mask mask,
        @Nullable KeyWeights counts) {
      int qAt = q.row(group, n) + h * d;
      int dyAt = dy.row(group, n) + h * e;
      double[] scores = new double[to - from];
      for (int j = from; j < to; j++) {
        boolean allowed = mask == null || mask.allowed(group, n, j);
        scores[j - from] =
            allowed
                ? attention.scale() * product(q, qAt, k, k.row(keyGroup, j) + h * d, d)
                : Double.NEGATIVE_INFINITY;
      }
      boolean nothing = Arrays.stream(scores).allMatch(s -> s == Double.NEGATIVE_INFINITY);
      KeyWeights own =
          counts == null || (from == 0 && to == counts.keys()) ? counts : counts.ofKeys(from, to);
      double[] shares = JavaScope.softmax(scores, own, keyGroup, attention.fullyMasked());
      double[] byShare = new double[shares.length];
      double mean = 0;
      for (int j = from; j < to; j++) {
        int vAt = v.row(keyGroup, j) + h * e;
        for (int c = 0; c < e; c++) {
          double by = dy.values()[dyAt + c];
          dv[vAt - v.offset() + c] += shares[j - from] * by;
          byShare[j - from] += shares[j - from] == 0 ? 0 : by * v.values()[vAt + c];
        }
        mean += shares[j - from] * byShare[j - from];
      }
      for (int j = from; j < to && !nothing; j++) {
        double byScore = attention.scale() * shares[j - from] * (byShare[j - from] - mean);
        int kAt = k.row(keyGroup, j) + h * d;
        for (int c = 0; c < d && byScore != 0; c++) {
          dq[qAt - q.offset() + c] += byScore * k.values()[kAt + c];
          dk[kAt - k.offset() + c] += byScore * q.values()[qAt + c];
        }
      }
    }
  }

  private static double product(JavaTensor a, int i, JavaTensor b, int j, int n) {
    double sum = 0;
    for (int c = 0; c < n; c++) {
      sum += (double) a.values()[i + c] * b.values()[j + c];
    }
    return sum;
  }

  @Override
  public void lookup(Tensor sum, int[] indices, Tensor dy) {
    Shapes.alike("gradient", dy.shape(), Shapes.lookup(sum.shape(), indices));
    for (int i = 0; i < indices.length; i++) {
      addRow(JavaTensor.of(sum), 0, indices[i], JavaTensor.of(dy), 0, i);
    }
  }

  private static void addRow(
      JavaTensor sum, int group, int row, JavaTensor dy, int from, int fromRow) {
    int at = sum.row(group, row);
    for (int c = 0; c < sum.shape().channels(); c++) {
      sum.values()[at + c] += dy.at(from, fromRow, c);
    }
  }

  @Override
  public void rows(Tensor sum, int from, Tensor dy) {
    int to = from + dy.shape().rows();
    Shapes.alike("gradient", dy.shape(), Shapes.rows(sum.shape(), from, to));
    for (int g = 0; g < dy.shape().groups(); g++) {
      for (int r = 0; r < dy.shape().rows(); r++) {
        addRow(JavaTensor.of(sum), g, from + r, JavaTensor.of(dy), g, r);
      }
    }
  }

  @Override
  public Tensor meanRows(Tensor dy, int n) {
    JavaTensor d = JavaTensor.of(dy);
    Shape shape = new Shape(dy.shape().groups(), n, dy.shape().channels());
    JavaTensor dx = allocate(shape);
    for (int g = 0; g < shape.groups(); g++) {
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < shape.channels(); c++) {
          dx.values()[dx.row(g, r) + c] = (float) (d.at(g, 0, c) / (double) n);
        }
      }
    }
    return dx;
  }

  @Override
  public Tensor modulate(Tensor dy, Tensor x, Tensor modulation, @Nullable Tensor sum) {
    Shape shape = Shapes.modulate(x.shape(), modulation.shape());
    Shapes.alike("gradient", dy.shape(), shape);
    JavaTensor d = JavaTensor.of(dy);
    JavaTensor a = JavaTensor.of(x);
    JavaTensor m = JavaTensor.of(modulation);
    JavaTensor dx = allocate(shape);
    double[] all = new double[(int) modulation.shape().size()];
    int c = shape.channels();
    for (int g = 0; g < shape.groups(); g++) {
      int at = m.row(g, 0) - m.offset();
      for (int r = 0; r < shape.rows(); r++) {
        for (int i = 0; i < c; i++) {
          double by = d.at(g, r, i);
          dx.values()[dx.row(g, r) + i] = (float) ((1.0 + m.at(g, 0, i)) * by);
          all[at + i] += by * a.at(g, r, i);
          all[at + c + i] += by;
        }
      }
    }
    if (sum != null) {
      add(JavaTensor.of(sum), all);
    }
    return dx;
  }
}
