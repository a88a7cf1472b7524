package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * One token a point, its coordinates as they are. Morton order is by the coordinates' cells in a
 * grid of 2^16 steps a dimension over the bounding box of the signal; points of one cell stay in
 * the order given.
 */
final class PointTokenizer implements Tokenizer {
  private static final int STEPS = (1 << 16) - 1;

  private final ModalitySpec.Points spec;

  PointTokenizer(ModalitySpec.Points spec) {
    this.spec = spec;
  }

  @Override
  public Tokens tokens(Signal signal) {
    Signal.Points points = Kind.expect(spec, Signal.Points.class, signal);
    int width = spec.dimensions();
    float[] from = points.coordinates();
    if (from.length > 0) {
      Kind.width(points.dimensions(), width, "coordinates a point");
    }
    int count = Kind.rows(from.length, width, "points");
    if (spec.order() == ModalitySpec.Image.Order.RASTER) {
      return new RowTokens(
          count, width, (i, values, at) -> System.arraycopy(from, i * width, values, at, width));
    }
    int[] order = Morton.order(cells(from, count, width));
    return new RowTokens(
        count,
        width,
        (i, values, at) -> System.arraycopy(from, order[i] * width, values, at, width));
  }

  /** [count][width] cells; a dimension without extent is cell 0. */
  private static int[][] cells(float[] coordinates, int count, int width) {
    int[][] cells = new int[count][width];
    for (int d = 0; d < width; d++) {
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < count; i++) {
        low = Math.min(low, coordinates[i * width + d]);
        high = Math.max(high, coordinates[i * width + d]);
      }
      double extent = (double) high - low;
      for (int i = 0; i < count && extent > 0; i++) {
        cells[i][d] = (int) (((double) coordinates[i * width + d] - low) / extent * STEPS);
      }
    }
    return cells;
  }
}
