package tributary.learn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tributary.base.Invalid;

/**
 * The learning rate of each step, counted from 0:
 *
 * <pre>
 *   cosine        peak (s + 1) / warmUp for s below warmUp, then half a cosine from peak to floor
 *   flat-cosine   peak for the first half, then half a cosine to floor      (LAMB, without warm-up)
 *   constant      peak
 * </pre>
 *
 * <p>From the last step on it is the floor. Computed by {@link StrictMath}: equal on every machine.
 *
 * @param peak the highest rate, above 0
 * @param steps of the whole run, 1 or more
 * @param warmUp steps of linear warm-up, less than steps; 0 but for cosine
 * @param floor the rate at the end, from 0 to peak; peak for constant
 */
public record Schedule(Form form, float peak, long steps, long warmUp, float floor)
    implements Serializable {
  /** How the rate falls. */
  public enum Form {
    COSINE,
    FLAT_COSINE,
    CONSTANT;

    /** As configurations spell it. */
    public String spelled() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public Schedule {
    if (!(peak > 0 && peak < Float.POSITIVE_INFINITY)) {
      throw Invalid.argument("rate", peak, "above 0");
    }
    if (steps < 1) {
      throw Invalid.argument("steps", steps, "1 or more");
    }
    if (warmUp < 0 || warmUp >= steps) {
      throw Invalid.argument("warm-up", warmUp, "from 0 to less than the steps, " + steps);
    }
    if (warmUp > 0 && form != Form.COSINE) {
      throw Invalid.argument("warm-up", warmUp, "0 for the schedule " + form.spelled());
    }
    if (!(floor >= 0 && floor <= peak)) {
      throw Invalid.argument("floor", floor, "from 0 to the rate, " + peak);
    }
    if (form == Form.CONSTANT && floor != peak) {
      throw Invalid.argument("floor", floor, "the rate for the schedule constant, " + peak);
    }
  }

  public static Schedule cosine(float peak, long steps, long warmUp, float floor) {
    return new Schedule(Form.COSINE, peak, steps, warmUp, floor);
  }

  public static Schedule flatCosine(float peak, long steps, float floor) {
    return new Schedule(Form.FLAT_COSINE, peak, steps, 0, floor);
  }

  public static Schedule constant(float peak) {
    return new Schedule(Form.CONSTANT, peak, Long.MAX_VALUE, 0, peak);
  }

  /** The form of this name: cosine, flat-cosine or constant. */
  public static Form form(String name) {
    for (Form form : Form.values()) {
      if (form.spelled().equals(name)) {
        return form;
      }
    }
    List<String> names = Arrays.stream(Form.values()).map(Form::spelled).toList();
    throw Invalid.argument("schedule", name, "one of " + String.join(", ", names));
  }

  /** The rate of a step from 0. */
  public float rate(long step) {
    if (step < 0) {
      throw Invalid.argument("step", step, "0 or more");
    }
    if (form == Form.CONSTANT) {
      return peak;
    }
    if (step < warmUp) {
      return (float) (peak * ((step + 1.0) / warmUp));
    }
    if (step >= steps) {
      return floor;
    }
    double flat = form == Form.FLAT_COSINE ? steps / 2.0 : warmUp;
    double progress = Math.max(0, (step - flat) / (steps - flat));
    return (float) (floor + ((double) peak - floor) * (1 + StrictMath.cos(Math.PI * progress)) / 2);
  }
}
