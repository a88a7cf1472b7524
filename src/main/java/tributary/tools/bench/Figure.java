package tributary.tools.bench;

import java.util.Locale;
import tributary.tools.bench.Timing.Spread;

/**
 * One measured figure.
 *
 * @param row what --only names
 * @param name what was measured
 * @param figure the median
 * @param low the lower quartile of the rounds; the figure itself where there was one
 * @param high the upper quartile
 * @param samples rounds
 * @param target that the figure must reach, in its direction
 * @param aim what would be best
 * @param atLeast whether more is better
 * @param met whether the target is reached
 * @param detail what the figure is made of, in words
 */
public record Figure(
    String row,
    String name,
    double figure,
    double low,
    double high,
    int samples,
    double target,
    double aim,
    boolean atLeast,
    boolean met,
    String detail) {

  /** Of something that should be large. */
  static Figure atLeast(
      String row, String name, Spread measured, double target, double aim, String detail) {
    return of(row, name, measured, target, aim, true, detail);
  }

  /** Of something that should be small. */
  static Figure atMost(
      String row, String name, Spread measured, double target, double aim, String detail) {
    return of(row, name, measured, target, aim, false, detail);
  }

  private static Figure of(
      String row,
      String name,
      Spread m,
      double target,
      double aim,
      boolean atLeast,
      String detail) {
    boolean met = atLeast ? m.median() >= target : m.median() <= target;
    return new Figure(
        row, name, m.median(), m.low(), m.high(), m.samples(), target, aim, atLeast, met, detail);
  }

  /** For people. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%-8s %-58s %7.3f (%.3f .. %.3f, %d)  %s %.2f, aim %.2f  %s%n       %s",
        row,
        name,
        figure,
        low,
        high,
        samples,
        atLeast ? ">=" : "<=",
        target,
        aim,
        met ? "met" : "MISSED",
        detail);
  }
}
