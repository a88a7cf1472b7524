package tributary.learn;

import java.util.Map;
import tributary.model.Weight;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2; the rate multiplies
 * the decay, as in PyTorch):
 *
 * <pre>
 *   m = beta1 m + (1 - beta1) g                    m' = m / (1 - beta1^t)
 *   v = beta2 v + (1 - beta2) g^2                  v' = v / (1 - beta2^t)
 *   w = (1 - rate decay) w - rate m' / (sqrt(v') + epsilon)
 * </pre>
 *
 * <p>In float, scalars in double; weights that {@link Parameters#decays} leaves out have no decay.
 */
public final class AdamW implements Optimiser {
  private final AdamSettings settings;
  private final Moments moments;

  public AdamW(Parameters parameters, AdamSettings settings) {
    this.settings = settings;
    this.moments = new Moments(parameters);
  }

  @Override
  public void step(long step, float[] weights, float[] gradient, float rate) {
    moments.check(step, weights, gradient, rate);
    float size = (float) (rate * settings.firstCorrection(step));
    float root = (float) settings.secondCorrection(step);
    float kept = (float) (1 - rate * settings.decay());
    for (Parameters.Tensor t : moments.parameters.tensors()) {
      move(weights, gradient, t.offset(), t.end(), t.decays() ? kept : 1, size, root);
    }
  }

  /** One loop over all, so that memory is gone through once; the JVM vectorises it. */
  private void move(float[] w, float[] g, int begin, int end, float kept, float size, float root) {
    float[] m = moments.first;
    float[] v = moments.second;
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
      w[i] = kept * w[i] - size * first / ((float) Math.sqrt(second) * root + epsilon);
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
