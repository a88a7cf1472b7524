package tributary.attention;

import java.io.Serializable;
import tributary.tensor.LayerNorm;
import tributary.tensor.Scope;

/** A layer norm on the heap; two passes in double. */
@SuppressWarnings("ArrayRecordComponent")
record HeapNorm(float[] weight, float[] bias, float epsilon) implements Serializable {
  static HeapNorm of(Scope scope, LayerNorm norm) {
    return new HeapNorm(scope.values(norm.weight()), scope.values(norm.bias()), norm.epsilon());
  }

  float[] apply(float[] x) {
    double mean = 0;
    for (float v : x) {
      mean += v;
    }
    mean /= x.length;
    double variance = 0;
    for (float v : x) {
      variance += (v - mean) * (v - mean);
    }
    double deviation = Math.sqrt(variance / x.length + epsilon);
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (float) ((x[i] - mean) / deviation * weight[i] + bias[i]);
    }
    return y;
  }
}
