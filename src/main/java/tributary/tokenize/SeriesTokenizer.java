package tributary.tokenize;

import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * One token a point in time: its values, then sin and cos of 2 pi t / period for each period from
 * the shortest to the longest (sin, cos, sin, cos, ...). Periods are geometric: the k-th of `bands`
 * is shortest (longest / shortest)^(k / (bands - 1)); one band has the shortest. The phase is taken
 * of the remainder of t by the period, which is exact in double ({@link Circle}): the same bits
 * everywhere, for timestamps of any size. Normalised, the values are {@link ZScores} behind their
 * scale token.
 */
final class SeriesTokenizer implements Tokenizer {
  private final ModalitySpec.Series spec;
  private final double[] periods;

  SeriesTokenizer(ModalitySpec.Series spec) {
    this.spec = spec;
    this.periods = new double[spec.bands()];
    double ratio = spec.longest() / spec.shortest();
    for (int k = 0; k < periods.length; k++) {
      periods[k] =
          k == 0
              ? spec.shortest()
              : spec.shortest() * StrictMath.pow(ratio, k / (periods.length - 1.0));
    }
  }

  @Override
  public Tokens tokens(Signal signal) {
    Signal.Series series = Kind.expect(spec, Signal.Series.class, signal);
    int n = series.times().length;
    if (n > 0) {
      Kind.width(series.channels(), spec.values(), "values a point in time");
    }
    if (series.values().length != (long) n * spec.values()) {
      throw Invalid.argument(
          "series",
          series.values().length + " values",
          n + " times of " + spec.values() + " values");
    }
    if (!spec.scaled() || n == 0) {
      return new RowTokens(n, spec.channels(), (i, values, at) -> write(series, i, values, at));
    }
    for (int i = 0; i < n; i++) {
      requireFloats(series, i);
    }
    ZScores scores = new ZScores(series, spec.values());
    return new RowTokens(
        Math.addExact(n, 1),
        spec.channels(),
        (i, values, at) -> {
          if (i == 0) {
            scores.scale(values, at, spec.channels());
          } else {
            write(series, scores, i - 1, values, at);
          }
        });
  }

  private void write(Signal.Series series, int i, float[] values, int at) {
    requireFloats(series, i);
    int width = spec.values();
    for (int c = 0; c < width; c++) {
      values[at + c] = (float) series.values()[i * width + c];
    }
    time(series.times()[i], values, at + width);
  }

  private void write(Signal.Series series, ZScores scores, int i, float[] values, int at) {
    int width = spec.values();
    for (int c = 0; c < width; c++) {
      values[at + c] = (float) scores.of(series.values()[i * width + c], c);
    }
    time(series.times()[i], values, at + 2 * width);
  }

  private void time(double time, float[] values, int at) {
    for (int k = 0; k < periods.length; k++) {
      Circle.write(Circle.remainder(time, periods[k]) / periods[k], values, at + 2 * k);
    }
  }

  /** A double beyond the range of float is as little of use as an infinite one. */
  private void requireFloats(Signal.Series series, int i) {
    int width = spec.values();
    double time = series.times()[i];
    boolean finite = Double.isFinite(time);
    for (int c = 0; c < width; c++) {
      finite &= Float.isFinite((float) series.values()[i * width + c]);
    }
    if (!finite) {
      throw new Rejected(
          Rejected.Reason.NOT_FINITE,
          "point " + i + " at time " + time + " has a value that no float holds");
    }
  }
}
