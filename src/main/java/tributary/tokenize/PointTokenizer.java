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

  /** Dimensions whose cells' bits a long holds. */
  private static final int MOST_INTERLEAVED = 4;

  private final ModalitySpec.Points spec;

  /** {@link Morton#spread}; empty where a long doesn't hold the bits of all dimensions. */
  private final long[] spread;

  PointTokenizer(ModalitySpec.Points spec) {
    this.spec = spec;
    int dimensions = spec.dimensions();
    this.spread = dimensions <= MOST_INTERLEAVED ? Morton.spread(dimensions) : new long[0];
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
    int[] order =
        spread.length > 0
            ? Morton.order(codes(from, count, width))
            : Morton.order(cells(from, count, width));
    return new RowTokens(
        count,
        width,
        (i, values, at) -> {
          int point = order[i] * width;
          for (int d = 0; d < width; d++) {
            values[at + d] = from[point + d];
          }
        });
  }

  /** [count] cells with their bits interleaved. */
  private long[] codes(float[] coordinates, int count, int width) {
    long[] codes = new long[count];
    for (int d = 0; d < width; d++) {
      float low = low(coordinates, d, width);
      double extent = high(coordinates, d, width) - (double) low;
      for (int i = 0; i < count && extent > 0; i++) {
        int cell = cell(coordinates[i * width + d], low, extent);
        long code = spread[cell & 0xFF] | spread[cell >> 8] << Byte.SIZE * width;
        codes[i] |= code << d;
      }
    }
    return codes;
  }

  /** [count][width] cells; a dimension without extent is cell 0. */
  private static int[][] cells(float[] coordinates, int count, int width) {
    int[][] cells = new int[count][width];
    for (int d = 0; d < width; d++) {
      float low = low(coordinates, d, width);
      double extent = high(coordinates, d, width) - (double) low;
      for (int i = 0; i < count && extent > 0; i++) {
        cells[i][d] = cell(coordinates[i * width + d], low, extent);
      }
    }
    return cells;
  }

  private static int cell(float coordinate, float low, double extent) {
    return (int) (((double) coordinate - low) / extent * STEPS);
  }

  private static float low(float[] coordinates, int d, int width) {
    float low = Float.POSITIVE_INFINITY;
    for (int i = d; i < coordinates.length; i += width) {
      low = coordinates[i] < low ? coordinates[i] : low;
    }
    return low;
  }

  private static float high(float[] coordinates, int d, int width) {
    float high = Float.NEGATIVE_INFINITY;
    for (int i = d; i < coordinates.length; i += width) {
      high = coordinates[i] > high ? coordinates[i] : high;
    }
    return high;
  }
}
