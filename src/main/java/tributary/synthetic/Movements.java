package tributary.synthetic;

import java.util.Random;

/**
 * Sensor series: place x and y move in the manner; the third value is a wave whose number of swings
 * in a second tells the kind. Ten points a second on average, unevenly spaced, with noise.
 */
final class Movements {
  private static final double STEP = 0.1;

  private Movements() {}

  /** Times and values of one series; times [n], values [n, 3]. */
  @SuppressWarnings("ArrayRecordComponent")
  record Series(double[] times, double[] values) {}

  static Series draw(Subject subject, Random random, int points) {
    double[] times = new double[points];
    double[] values = new double[points * 3];
    double t = 1000 * random.nextDouble();
    double speed = 0.8 + 0.4 * random.nextDouble();
    double start = random.nextDouble();
    double swings = 0.25 * (subject.kind() + 1);
    for (int i = 0; i < points; i++) {
      t += STEP * (0.5 + random.nextDouble());
      times[i] = t;
      double turns = speed * t + start;
      values[3 * i] = x(subject.manner(), turns) + noise(random);
      values[3 * i + 1] = y(subject.manner(), turns) + noise(random);
      values[3 * i + 2] = StrictMath.sin(2 * Math.PI * swings * t) + noise(random);
    }
    return new Series(times, values);
  }

  private static double x(int manner, double turns) {
    return switch (manner) {
      case 0 -> StrictMath.cos(2 * Math.PI * turns / 4);
      case 1, 2 -> turns / 8 % 2 - 1;
      default -> 0.3 * StrictMath.sin(2 * Math.PI * turns * 2);
    };
  }

  private static double y(int manner, double turns) {
    return switch (manner) {
      case 0 -> StrictMath.sin(2 * Math.PI * turns / 4);
      case 1 -> Math.abs(StrictMath.sin(2 * Math.PI * turns / 3));
      case 2 -> turns / 16 % 2 - 1;
      default -> 0.3 * StrictMath.cos(2 * Math.PI * turns * 3);
    };
  }

  private static double noise(Random random) {
    return 0.1 * (random.nextDouble() - 0.5);
  }
}
