package tributary.learn;

import java.util.Map;
import tributary.model.Weight;

/**
 * LAMB (You et al. 2020, algorithm 2, its function phi the identity): Adam's direction with weight
 * decay, scaled for each weight tensor so that its length is that of the tensor:
 *
 * <pre>
 *   u = m' / (sqrt(v') + epsilon) + decay w
 *   w = w - rate |w| / |u| u                       1 instead of |w| / |u| where either is 0
 * </pre>
 *
 * <p>The ratio is that of every tensor, biases and norms too, as published (some programs leave
 * those out). Lengths are summed in double in a fixed order.
 */
public final class Lamb implements Optimiser {
  private final AdamSettings settings;
  private final Moments moments;
  private final float[] direction; // [P]: at the indexes of the others, or no loop is vectorised

  public Lamb(Parameters parameters, AdamSettings settings) {
    this.settings = settings;
    this.moments = new Moments(parameters);
    this.direction = new float[parameters.size()];
  }

  @Override
  public void step(long step, float[] weights, float[] gradient, float rate) {
    moments.check(step, weights, gradient, rate);
    float size = (float) settings.firstCorrection(step);
    float root = (float) settings.secondCorrection(step);
    for (Parameters.Tensor t : moments.parameters.tensors()) {
      float decay = t.decays() ? (float) settings.decay() : 0;
      direct(weights, gradient, t.offset(), t.end(), decay, size, root);
      double length = Math.sqrt(GradientNorm.squares(weights, t.offset(), t.end()));
      double stride = Math.sqrt(GradientNorm.squares(direction, t.offset(), t.end()));
      double trust = length > 0 && stride > 0 ? length / stride : 1;
      move(weights, t.offset(), t.end(), (float) (rate * trust));
    }
  }

  private void direct(
      float[] w, float[] g, int begin, int end, float decay, float size, float root) {
    float[] m = moments.first;
    float[] v = moments.second;
    float[] u = direction;
    float b1 = (float) settings.beta1();
    float b2 = (float) settings.beta2();
    float c1 = (float) (1 - settings.beta1());
    float c2 = (float) (1 - settings.beta2());
    float epsilon = (float) settings.epsilon();
    for (int i = begin; i < end; i++) {
      float x = g[i];
      float first = b1 * m[i] + c1 * x;
      float second = b2 * v[i] + c2 * (x * x);
      m[i] = first;
      v[i] = second;
      u[i] = size * first / ((float) Math.sqrt(second) * root + epsilon) + decay * w[i];
    }
  }

  private void move(float[] w, int begin, int end, float by) {
    float[] u = direction;
    for (int i = begin; i < end; i++) {
      w[i] -= by * u[i];
    }
  }

  @Override
  public Map<String, Weight> moments() {
    return moments.byName();
  }

  @Override
  public void restore(Map<String, Weight> named) {
    moments.restore(named);
  }
}
