package tributary.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A curve of at most {@link #MOST} points. A longer one keeps its first and last point and, of each
 * of equally many steps in between, the lowest and the highest; a value that isn't finite takes the
 * place of the lowest. So no peak and no NaN is lost, however long the run.
 *
 * @param of how many points there were
 * @param steps [n], ascending
 * @param values [n]
 * @param means of all finite points that a kept one speaks for; [n]; equal to the values where
 *     nothing was left out
 */
record Curve(int of, List<Long> steps, List<Double> values, List<Double> means) {
  /** Points that a page shows of one curve. */
  static final int MOST = 2000;

  private static final int BUCKETS = (MOST - 2) / 2;

  static Curve of(List<Long> steps, List<Double> values) {
    if (steps.size() <= MOST) {
      return new Curve(steps.size(), List.copyOf(steps), List.copyOf(values), List.copyOf(values));
    }
    Curve kept = new Curve(steps.size(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int inner = steps.size() - 2;
    kept.add(steps.get(0), values.get(0), values.get(0));
    for (int b = 0; b < BUCKETS; b++) {
      int from = 1 + (int) ((long) inner * b / BUCKETS);
      int to = 1 + (int) ((long) inner * (b + 1) / BUCKETS);
      kept.addBucket(steps, values, from, to);
    }
    int last = steps.size() - 1;
    kept.add(steps.get(last), values.get(last), values.get(last));
    return kept;
  }

  boolean thinned() {
    return of > values.size();
  }

  private void add(long step, double value, double mean) {
    steps.add(step);
    values.add(value);
    means.add(mean);
  }

  private void addBucket(List<Long> from, List<Double> of, int start, int end) {
    int low = -1;
    int high = -1;
    int broken = -1;
    double sum = 0;
    int finite = 0;
    for (int i = start; i < end; i++) {
      double value = of.get(i);
      if (!Double.isFinite(value)) {
        broken = broken < 0 ? i : broken;
        continue;
      }
      low = low < 0 || value < of.get(low) ? i : low;
      high = high < 0 || value > of.get(high) ? i : high;
      sum += value;
      finite++;
    }
    double mean = finite > 0 ? sum / finite : Double.NaN;
    int one = broken >= 0 ? broken : low;
    for (int i : one == high || high < 0 ? new int[] {one} : sorted(one, high)) {
      add(from.get(i), of.get(i), Double.isFinite(of.get(i)) ? mean : of.get(i));
    }
  }

  private static int[] sorted(int a, int b) {
    return a < b ? new int[] {a, b} : new int[] {b, a};
  }
}
