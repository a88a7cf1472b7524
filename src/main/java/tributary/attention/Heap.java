package tributary.attention;

import tributary.base.Invalid;
import tributary.tensor.Activation;
import tributary.tensor.Activations;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Tensors' values on the heap, for the odd piece that is no operation of a scope. */
final class Heap {
  private Heap() {}

  /** The activation of every value, where no linear layer stands before it. */
  static Tensor activate(Scope scope, Tensor x, Activation activation) {
    float[] y = scope.values(x);
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) Activations.apply(activation, y[i]);
    }
    return scope.upload(x.shape(), y, 0);
  }

  /** Rows [from, to) of every group of x [g, n, c]: [g, to - from, c]. */
  static Tensor rows(Scope scope, Tensor x, int from, int to) {
    Shape shape = x.shape();
    if (from < 0 || to < from || to > shape.rows()) {
      throw Invalid.argument("rows", "[" + from + ", " + to + ")", "of x " + shape);
    }
    int c = shape.channels();
    float[] all = scope.values(x); // [g, n, c]
    float[] some = new float[shape.groups() * (to - from) * c]; // [g, to - from, c]
    for (int g = 0; g < shape.groups(); g++) {
      int start = (g * shape.rows() + from) * c;
      System.arraycopy(all, start, some, g * (to - from) * c, (to - from) * c);
    }
    return scope.upload(new Shape(shape.groups(), to - from, c), some, 0);
  }

  /** A tensor of one group [1, n, c] once for each of g groups: [g, n, c]. */
  static Tensor repeat(Scope scope, Tensor x, int groups) {
    if (groups == x.shape().groups()) {
      return x;
    }
    float[] once = scope.values(x);
    float[] all = new float[groups * once.length];
    for (int g = 0; g < groups; g++) {
      System.arraycopy(once, 0, all, g * once.length, once.length);
    }
    return scope.upload(new Shape(groups, x.shape().rows(), x.shape().channels()), all, 0);
  }
}
