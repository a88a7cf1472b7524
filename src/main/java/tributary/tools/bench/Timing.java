package tributary.tools.bench;

import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Seconds of alternatives that took turns: run i of one stands beside run i of the others.
 *
 * @param seconds [alternative][round]
 */
@SuppressWarnings("ArrayRecordComponent")
record Timing(double[][] seconds) {
  /** What is timed. */
  interface Task {
    void run() throws Exception;
  }

  /** Which seconds. */
  enum Clock {
    /** Of the wall: whatever else the machine does counts. */
    WALL,
    /** Of the processor, in the calling thread: for what runs in one thread. */
    THREAD
  }

  /** Runs the tasks in turn: `warm` rounds that do not count, then `rounds` that do. */
  static Timing interleaved(Clock clock, int warm, int rounds, Task... tasks) throws Exception {
    double[][] seconds = new double[tasks.length][rounds];
    for (int round = -warm; round < rounds; round++) {
      for (int t = 0; t < tasks.length; t++) {
        long start = now(clock);
        tasks[t].run();
        long nanos = now(clock) - start;
        if (round >= 0) {
          seconds[t][round] = nanos * 1e-9;
        }
      }
    }
    return new Timing(seconds);
  }

  private static long now(Clock clock) {
    return clock == Clock.WALL
        ? System.nanoTime()
        : ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Median seconds of an alternative. */
  double median(int task) {
    return Spread.of(seconds[task]).median();
  }

  /** The alternative, from `first` on, with the least median. */
  int fastest(int first) {
    int best = first;
    for (int i = first + 1; i < seconds.length; i++) {
      best = median(i) < median(best) ? i : best;
    }
    return best;
  }

  /** Seconds of `slow` over seconds of `fast`, times `factor`, by round. */
  Spread ratio(int slow, int fast, double factor) {
    double[] ratios = new double[seconds[slow].length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = factor * seconds[slow][i] / seconds[fast][i];
    }
    return Spread.of(ratios);
  }

  /**
   * Median and quartiles.
   *
   * @param low the lower quartile
   * @param high the upper quartile
   * @param samples how many
   */
  record Spread(double median, double low, double high, int samples) {
    static Spread of(double... values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return new Spread(
          quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75), values.length);
    }

    Spread minus(double x) {
      return new Spread(median - x, low - x, high - x, samples);
    }

    private static double quantile(double[] sorted, double q) {
      double at = q * (sorted.length - 1);
      int i = (int) at;
      return i + 1 < sorted.length ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[i];
    }
  }
}
