package tributary.attention;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Linear;
import tributary.tensor.Scope;

/** A linear layer on the heap, or the identity where there is no weight; sums in double. */
@SuppressWarnings("ArrayRecordComponent")
record HeapLinear(int inputs, int outputs, float @Nullable [] weight, float @Nullable [] bias)
    implements Serializable {
  static HeapLinear of(Scope scope, Linear layer) {
    return new HeapLinear(
        layer.inputs(),
        layer.outputs(),
        scope.values(layer.weight()),
        layer.bias() == null ? null : scope.values(layer.bias()));
  }

  float[] apply(float[] x) {
    if (weight == null) {
      return x;
    }
    float[] y = new float[outputs];
    for (int o = 0; o < y.length; o++) {
      double sum = 0;
      for (int i = 0; i < inputs; i++) {
        sum += (double) weight[o * inputs + i] * x[i];
      }
      y[o] = (float) (bias == null ? sum : sum + bias[o]);
    }
    return y;
  }
}
