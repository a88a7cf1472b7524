package tributary.learn;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.model.Weight;

/** A mean of weights, summed in double in the order in which they come. Used by one thread. */
final class WeightAverage {
  private @Nullable Parameters parameters;
  private double[] sums = {}; // [P]
  private int count;

  /** Adds weights; the first decide which there are. */
  void add(Map<String, Weight> weights) {
    if (parameters == null) {
      parameters = Parameters.ofWeights(weights);
      sums = new double[parameters.size()];
    }
    float[] flat = parameters.pack(weights);
    for (int i = 0; i < flat.length; i++) {
      sums[i] += flat[i];
    }
    count++;
  }

  /** By name; of one addend its bits. */
  Map<String, Weight> mean() {
    if (parameters == null) {
      throw new IllegalStateException("Cannot average weights: there are none");
    }
    float[] flat = new float[sums.length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = (float) (sums[i] / count);
    }
    return parameters.unpack(flat);
  }
}
