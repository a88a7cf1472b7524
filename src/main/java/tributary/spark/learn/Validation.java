package tributary.spark.learn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems;

/**
 * Which records are held out: a share of all, by the hash that orders them, or those of which a
 * condition holds. Neither depends on partitions, nor on which other records there are.
 *
 * @param share 0 to below 1; 0 where a condition tells
 * @param condition over the columns of the input, true of the first row of a record; null for none
 */
public record Validation(double share, @Nullable String condition) {
  /** Where nothing is said. */
  public static final Validation DEFAULT = new Validation(0.05, null);

  private static final String RULE =
      "a share from 0 to below 1, or a condition over the columns of the input";

  /**
   * What a job file says: a number, or a condition.
   *
   * @throws Problems.Refused for a number that is no share, and for nothing
   */
  public static Validation of(String value) {
    double share;
    try {
      share = Double.parseDouble(value);
    } catch (NumberFormatException noNumber) {
      if (value.isBlank()) {
        throw new Problems.Refused(List.of(Invalid.text("learn.validation", value, RULE)));
      }
      return new Validation(0, value);
    }
    if (!(share >= 0 && share < 1)) {
      throw new Problems.Refused(List.of(Invalid.text("learn.validation", value, RULE)));
    }
    return new Validation(share, null);
  }

  /** As a job file would say it. */
  String told() {
    return condition == null ? String.valueOf(share) : condition;
  }
}
