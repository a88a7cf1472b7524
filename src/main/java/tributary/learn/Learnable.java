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
   * @param modalities of which a record that is longer than that may have tokens
   */
  public List<String> problems(double masked, long tokensPerRecord, int modalities) {
    List<String> problems = new ArrayList<>();
    if (masked > 0 && !reconstructs) {
      problems.add(
          "Cannot learn by masked: the model has no decoder (decoder_heads of an elastic model's"
              + " configuration gives it one)");
    }
    int parts = Math.max(1, modalities);
    if (tokensPerRecord < (long) groupTokens * parts) {
      problems.add(
          Invalid.text(
              "learn.tokens-per-record", tokensPerRecord, SubtreeDraw.atLeast(parts, groupTokens)));
    }
    return problems;
  }
}
