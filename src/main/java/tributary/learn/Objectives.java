package tributary.learn;

import java.io.Serializable;
import java.util.List;
import tributary.base.Invalid;

/**
 * What a model is taught by, each with a weight; 0 leaves it out.
 *
 * @param masked weight of masked auto-encoding: hidden tokens are reconstructed
 * @param fusedContrastive weight of the contrast of each modality alone, and of all together, with
 *     all together of another view of the record (Dufumier et al. 2025)
 * @param modalitiesContrastive weight of the contrast between modalities, each alone, of two views
 * @param classification weight of telling the classes that a label column names: cross-entropy
 * @param masking how tokens are hidden for `masked`
 * @param contrast how views are made and compared
 * @param labels what is classified, and how records are looked at for it
 * @param dropout by modality the probability that a view goes without it
 * @param tokensPerRecord tokens of a record that are learnt from at a time; of a longer one whole
 *     subtrees
 */
public record Objectives(
    double masked,
    double fusedContrastive,
    double modalitiesContrastive,
    double classification,
    Masking masking,
    Contrast contrast,
    Labels labels,
    ModalityDropout dropout,
    long tokensPerRecord)
    implements Serializable {
  public Objectives {
    weight("masked", masked);
    weight("fused-contrastive", fusedContrastive);
    weight("modalities-contrastive", modalitiesContrastive);
    weight("classification", classification);
    if (masked + fusedContrastive + modalitiesContrastive + classification == 0) {
      throw Invalid.argument("objectives", "all weights 0", "at least one above 0");
    }
    if (classification > 0 && labels.classes().size() < 2) {
      throw Invalid.argument("classes", labels.classes(), "at least 2 to tell apart");
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
   * What a view shows of each modality.
   *
   * @param from least share of the tokens, above 0
   * @param to largest share, at most 1
   * @param jitter deviation of normal noise added to the values of tokens; 0 for none
   */
  public record Shown(double from, double to, double jitter) implements Serializable {
    /** Everything as it is. */
    public static final Shown ALL = new Shown(1, 1, 0);

    public Shown {
      if (!(from > 0 && from <= to && to <= 1)) {
        throw Invalid.argument("view", from + " to " + to, "shares above 0, ascending, up to 1");
      }
      if (!(jitter >= 0 && jitter < Double.POSITIVE_INFINITY)) {
        throw Invalid.argument("jitter", jitter, "0 or more");
      }
    }
  }

  /**
   * @param temperature of the softmax over similarities, above 0
   * @param shown of each of the two views
   * @param hidden width of the head's two hidden layers
   * @param dim width of what is compared
   */
  public record Contrast(double temperature, Shown shown, int hidden, int dim)
      implements Serializable {
    public Contrast {
      if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
        throw Invalid.argument("temperature", temperature, "above 0");
      }
      if (hidden < 1 || dim < 1) {
        throw Invalid.argument("head", hidden + ", " + dim, "widths of at least 1");
      }
    }
  }

  /**
   * @param label the column
   * @param classes its values, in the order of their numbers
   * @param shown of a record that is classified
   * @param smoothing share of the target that is spread evenly over all classes
   */
  public record Labels(String label, List<String> classes, Shown shown, double smoothing)
      implements Serializable {
    /** Where nothing is classified. */
    public static final Labels NONE = new Labels("", List.of(), Shown.ALL, 0);

    public Labels {
      classes = List.copyOf(classes);
      if (!(smoothing >= 0 && smoothing < 1)) {
        throw Invalid.argument("smoothing", smoothing, "0 to below 1");
      }
    }

    /** The number of a record's class; -1 where it has none. */
    int of(LearningRecord record) {
      String own = record.labels().get(label);
      return own == null ? -1 : classes.indexOf(own);
    }
  }
}
