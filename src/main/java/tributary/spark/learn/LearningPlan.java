package tributary.spark.learn;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;

/**
 * How far to learn, and in how many tasks; made on the driver, sent with each task.
 *
 * @param tasks T, a power of two, at most shards; changes no bit
 * @param shards S, gradient shards of a batch, a power of two
 * @param steps the last step
 * @param saveEvery steps between saved states; the last step is saved, too
 * @param records of a batch, for the records/s of the progress
 * @param patience how long a task waits for another one: more than the slowest step takes, and a
 *     save
 */
public record LearningPlan(
    int tasks, int shards, long steps, long saveEvery, long records, Duration patience)
    implements Serializable {
  /**
   * @throws Refused for numbers that can't be, all of them together
   */
  public LearningPlan {
    List<String> problems = new ArrayList<>(Share.problems(tasks, shards));
    atLeastOne(problems, "steps", steps);
    atLeastOne(problems, "saveEvery", saveEvery);
    atLeastOne(problems, "records", records);
    atLeastOne(problems, "patience", patience.toMillis());
    if (!problems.isEmpty()) {
      throw new Refused(problems);
    }
  }

  private static void atLeastOne(List<String> problems, String key, long value) {
    if (value < 1) {
      problems.add(Invalid.text(key, value, "at least 1"));
    }
  }

  /** Whether the state after a step is saved. */
  boolean saves(long step) {
    return step == steps || step % saveEvery == 0;
  }
}
