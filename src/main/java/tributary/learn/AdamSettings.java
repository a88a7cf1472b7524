package tributary.learn;

import java.io.Serializable;
import tributary.base.Invalid;

/**
 * What {@link AdamW} and {@link Lamb} have in common: how long their moments remember, and how
 * strongly weights decay.
 *
 * @param beta1 share of the mean of gradients that a step keeps, in [0, 1)
 * @param beta2 share of the mean of squared gradients that a step keeps, in [0, 1)
 * @param epsilon what is added to the root of the second moment, above 0
 * @param decay weight decay, 0 or more; of matrices of linear layers alone
 */
public record AdamSettings(double beta1, double beta2, double epsilon, double decay)
    implements Serializable {
  public AdamSettings {
    checkBeta("beta1", beta1);
    checkBeta("beta2", beta2);
    if (!(epsilon > 0 && (float) epsilon > 0 && epsilon < 1)) {
      throw Invalid.argument("epsilon", epsilon, "above 0 in float, below 1");
    }
    if (!(decay >= 0 && decay < Double.POSITIVE_INFINITY)) {
      throw Invalid.argument("decay", decay, "0 or more");
    }
  }

  /** 0.9, 0.999 and 1e-8: Adam's published settings. */
  public static AdamSettings adamW(double decay) {
    return new AdamSettings(0.9, 0.999, 1e-8, decay);
  }

  /** 0.9, 0.999 and 1e-6: LAMB's published settings. */
  public static AdamSettings lamb(double decay) {
    return new AdamSettings(0.9, 0.999, 1e-6, decay);
  }

  private static void checkBeta(String key, double beta) {
    if (!(beta >= 0 && beta < 1)) {
      throw Invalid.argument(key, beta, "at least 0, below 1");
    }
  }

  /** 1 / (1 - beta1^t), t the number of this step from 1. */
  double firstCorrection(long step) {
    return 1 / (1 - StrictMath.pow(beta1, step + 1.0));
  }

  /** 1 / sqrt(1 - beta2^t). */
  double secondCorrection(long step) {
    return 1 / StrictMath.sqrt(1 - StrictMath.pow(beta2, step + 1.0));
  }
}
