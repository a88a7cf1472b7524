package tributary.learn;

import java.util.Map;
import tributary.model.Weight;

/**
 * Moves weights against their gradient. A step is a pure function of what it is given and of the
 * moments: equal bits on every machine, in any JVM. Owned by one task, used by one thread; what has
 * to outlive it goes through {@link #moments}.
 */
public sealed interface Optimiser permits AdamW, Lamb {
  /**
   * One step; changes the weights and the moments.
   *
   * @param step how many were made before, from 0: what the moments' bias correction depends on
   * @param weights [P]
   * @param gradient [P], finite ({@link GradientNorm} tells); left as it is
   * @param rate of this step ({@link Schedule#rate}), 0 or more
   */
  void step(long step, float[] weights, float[] gradient, float rate);

  /** Copies of the moments, `first.NAME` and `second.NAME`: a checkpoint holds them. */
  Map<String, Weight> moments();

  /** Goes on from what {@link #moments} gave. */
  void restore(Map<String, Weight> moments);
}
