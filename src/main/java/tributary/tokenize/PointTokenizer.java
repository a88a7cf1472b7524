package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * One token a point: its coordinates as they are, or those of the {@link Cloud} behind its scale
 * token. Morton order is by the coordinates' cells in a grid of 2^16 steps a dimension over the
 * bounding box of the signal; points of one cell stay in the order given. Of a mesh, points are
 * drawn by {@link MeshSampler}.
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
    Signal.Points points =
        signal instanceof Signal.Mesh mesh
            ? MeshSampler.points(mesh, spec.points(), spec.seed())
            : Kind.expect(spec, Signal.Points.class, signal);
    int width = spec.dimensions();
    double[] from = points.coordinates();
    if (from.length > 0) {
      Kind.width(points.dimensions(), width, "coordinates a point");
    }
    int count = Kind.rows(from.length, width, "points");
    int[] order = order(from, count);
    if (spec.scaled() && count > 0) {
      Cloud cloud = new Cloud(from, width);
      return new RowTokens(
          Math.addExact(count, 1),
          spec.channels(),
          (i, values, at) -> {
            if (i == 0) {
              cloud.scale(values, at);
            } else {
              cloud.point(order.length == 0 ? i - 1 : order[i - 1], values, at);
            }
          });
    }
    return new RowTokens(
        count,
        spec.channels(),
        (i, values, at) -> {
          int point = (order.length == 0 ? i : order[i]) * width;
          for (int d = 0; d < width; d++) {
            values[at + d] = (float) from[point + d];
          }
        });
  }

  /** [count] places in Morton order; empty for the order given. */
  private int[] order(double[] from, int count) {
    if (spec.order() == ModalitySpec.Image.Order.RASTER) {
      return new int[0];
    }
    int width = spec.dimensions();
    return spread.length > 0
        ? Morton.order(codes(from, count, width))
        : Morton.order(cells(from, count, width));
  }

  /** [count] cells with their bits interleaved. */
  private long[] codes(double[] coordinates, int count, int width) {
    long[] codes = new long[count];
    for (int d = 0; d < width; d++) {
      double low = low(coordinates, d, width);
      double extent = high(coordinates, d, width) - low;
      for (int i = 0; i < count && extent > 0; i++) {
        int cell = cell(coordinates[i * width + d], low, extent);
        long code = spread[cell & 0xFF] | spread[cell >> 8] << Byte.SIZE * width;
        codes[i] |= code << d;
      }
    }
    return codes;
  }

  /** [count][width] cells; a dimension without extent is cell 0. */
  private static int[][] cells(double[] coordinates, int count, int width) {
    int[][] cells = new int[count][width];
    for (int d = 0; d < width; d++) {
      double low = low(coordinates, d, width);
      double extent = high(coordinates, d, width) - low;
      for (int i = 0; i < count && extent > 0; i++) {
        cells[i][d] = cell(coordinates[i * width + d], low, extent);
      }
    }
    return cells;
  }

  private static int cell(double coordinate, double low, double extent) {
    return (int) ((coordinate - low) / extent * STEPS);
  }

  private static double low(double[] coordinates, int d, int width) {
    double low = Double.POSITIVE_INFINITY;
    for (int i = d; i < coordinates.length; i += width) {
      low = coordinates[i] < low ? coordinates[i] : low;
    }
    return low;
  }

  private static double high(double[] coordinates, int d, int width) {
    double high = Double.NEGATIVE_INFINITY;
    for (int i = d; i < coordinates.length; i += width) {
      high = coordinates[i] > high ? coordinates[i] : high;
    }
    return high;
  }
}
