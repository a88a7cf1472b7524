package tributary.learn;

import java.io.Serializable;
import tributary.base.Invalid;

/**
 * What a model is taught by, each with a weight; 0 leaves it out.
 *
 * @param masked weight of masked auto-encoding: hidden tokens are reconstructed
 * @param fusedContrastive weight of the contrast of each modality alone, and of all together, with
 *     all together of another view of the record (Dufumier et al. 2025)
 * @param modalitiesContrastive weight of the contrast between modalities, each alone, of two views
 * @param masking how tokens are hidden for `masked`
 * @param contrast how views are made and compared
 * @param dropout by modality the probability that a view goes without it
 * @param tokensPerRecord tokens of a record that are learnt from at a time; of a longer one whole
 *     subtrees
 */
public record Objectives(
    double masked,
    double fusedContrastive,
    double modalitiesContrastive,
    Masking masking,
    Contrast contrast,
    ModalityDropout dropout,
    long tokensPerRecord)
    implements Serializable {
  public Objectives {
    weight("masked", masked);
    weight("fused-contrastive", fusedContrastive);
    weight("modalities-contrastive", modalitiesContrastive);
    if (masked + fusedContrastive + modalitiesContrastive == 0) {
      throw Invalid.argument("objectives", "all weights 0", "at least one above 0");
    }
  }

  private static void weight(String name, double weight) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw Invalid.argument("objectives." + name, weight, "0 or more, finite");
    }
  }

  /** Whether two views of a record are compared. */
  public boolean contrasts() {
    return fusedContrastive > 0 || modalitiesContrastive > 0;
  }

  /**
   * @param visible which tokens are
   * @param normalize whether targets are normalised token by token, over the channels of a patch or
   *     frame (He et al. 2022): what is learnt is its pattern, not its mean
   */
  public record Masking(VisibleTokens visible, boolean normalize) implements Serializable {
    /** What is added to a token's variance where it is normalised. */
    public static final double EPSILON = 1e-6;
  }

  /**
   * @param temperature of the softmax over similarities, above 0
   * @param from least share of a modality's tokens that a view shows, above 0
   * @param to largest share, at most 1
   * @param jitter deviation of normal noise added to the values of tokens; 0 for none
   * @param hidden width of the head's two hidden layers
   * @param dim width of what is compared
   */
  public record Contrast(
      double temperature, double from, double to, double jitter, int hidden, int dim)
      implements Serializable {
    public Contrast {
      if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
        throw Invalid.argument("temperature", temperature, "above 0");
      }
      if (!(from > 0 && from <= to && to <= 1)) {
        throw Invalid.argument("view", from + " to " + to, "shares above 0, ascending, up to 1");
      }
      if (!(jitter >= 0 && jitter < Double.POSITIVE_INFINITY)) {
        throw Invalid.argument("jitter", jitter, "0 or more");
      }
      if (hidden < 1 || dim < 1) {
        throw Invalid.argument("head", hidden + ", " + dim, "widths of at least 1");
      }
    }
  }
}
