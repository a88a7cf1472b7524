package tributary.learn;

import java.util.ArrayList;
import java.util.List;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.encode.Learner;
import tributary.model.Model;
import tributary.tensor.Backend;

/**
 * What a model can learn by and from, which is known before a run: asked on the driver, so that no
 * task has to refuse it, and in each task.
 *
 * @param groupTokens tokens of a leaf group
 * @param reconstructs whether it has a decoder
 */
public record Learnable(int groupTokens, boolean reconstructs) {
  /** Of a learner. */
  static Learnable of(Learner learner) {
    return new Learnable(learner.groupTokens(), learner.reconstructs());
  }

  /**
   * Of a model, whose learner is made and closed.
   *
   * @param backend any: nothing is computed
   * @throws Refused where the family, or this model of it, can't learn, with the reason
   */
  public static Learnable of(Model model, LearningReplica.Family family, Backend backend) {
    try (Learner learner = family.learner(model, backend)) {
      return of(learner);
    } catch (IllegalArgumentException e) {
      throw new Refused(List.of(String.valueOf(e.getMessage())));
    }
  }

  /**
   * What does not fit, a line each.
   *
   * @param masked weight of masked auto-encoding
   * @param tokensPerRecord of a record that is learnt from at a time
   */
  public List<String> problems(double masked, long tokensPerRecord) {
    List<String> problems = new ArrayList<>();
    if (masked > 0 && !reconstructs) {
      problems.add(
          "Cannot learn by masked: the model has no decoder (decoder_heads of an elastic model's"
              + " configuration gives it one)");
    }
    if (tokensPerRecord < groupTokens) {
      problems.add(
          Invalid.text(
              "learn.tokens-per-record", tokensPerRecord, SubtreeDraw.atLeast(1, groupTokens)));
    }
    return problems;
  }

  /**
   * Refuses a limit that leaves a record less than a group, or all that it has, of one of its
   * modalities.
   *
   * @param needed tokens that some record must show at least
   * @throws Refused with both numbers
   */
  public void refuseFewer(long tokensPerRecord, long needed) {
    if (tokensPerRecord < needed) {
      throw new Refused(
          List.of(
              Invalid.text(
                  "learn.tokens-per-record",
                  tokensPerRecord,
                  "at least "
                      + needed
                      + ": of each modality of a record a group of "
                      + groupTokens
                      + " tokens, or all that it has")));
    }
  }
}
