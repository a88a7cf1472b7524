package tributary.learn;

import java.util.SortedSet;

/**
 * Learning can't go on, and trying again would end alike: a loss that is not a number, a record
 * that breaks a rule. The run ends with this message at once; whatever else a replica throws is
 * tried again by Spark from the last saved step.
 */
public final class LearningStopped extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message `Cannot VERB OBJECT: REASON`
   */
  public LearningStopped(String message) {
    super(message);
  }

  /** Where what was computed of a record is no finite number. */
  static LearningStopped at(
      long step, String what, LearningRecord record, SortedSet<String> modalities) {
    return new LearningStopped(
        "Cannot go on learning at step "
            + step
            + ": "
            + what
            + " of record "
            + record.id()
            + ", "
            + String.join(" + ", modalities)
            + ", is not a finite number (the last checkpoint is as it was; to try a lower rate take another folder of checkpoints)");
  }
}
