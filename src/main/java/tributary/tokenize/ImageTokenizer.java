package tributary.tokenize;

import java.util.Arrays;
import java.util.stream.IntStream;
import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * Patches of a {@link Canvas}: each [patch, patch, 3] row-major (y, x, rgb), in raster or Morton
 * order of the patches. Where the patch does not divide the canvas, the last patches reach beyond
 * it and are white there. A grid that is no power of two has the Morton order of the grid that
 * holds it, the missing patches left out.
 */
final class ImageTokenizer implements Tokenizer {
  private final ModalitySpec.Image spec;
  private final int grid;

  /** Places of the patches (row * grid + column), in the order of the tokens. */
  private final int[] order;

  ImageTokenizer(ModalitySpec.Image spec) {
    this.spec = spec;
    this.grid = (spec.canvas() + spec.patch() - 1) / spec.patch();
    this.order = places(spec);
  }

  static int[] places(ModalitySpec.Image spec) {
    int grid = (spec.canvas() + spec.patch() - 1) / spec.patch();
    return spec.order() == ModalitySpec.Image.Order.MORTON
        ? Morton.grid(grid, grid)
        : IntStream.range(0, grid * grid).toArray();
  }

  @Override
  public Tokens tokens(Signal signal) {
    Signal.Image image = Kind.expect(spec, Signal.Image.class, signal);
    if (image.width() < 1 || image.height() < 1) {
      return () -> null;
    }
    float[] canvas = Canvas.of(image, spec.canvas());
    return new RowTokens(
        order.length, spec.channels(), (i, values, at) -> patch(canvas, order[i], values, at));
  }

  private void patch(float[] canvas, int place, float[] values, int at) {
    int side = spec.canvas();
    int top = place / grid * spec.patch();
    int left = place % grid * spec.patch();
    int inside = 3 * Math.min(spec.patch(), side - left);
    int row = 3 * spec.patch();
    for (int y = 0; y < spec.patch(); y++) {
      int to = at + y * row;
      if (top + y < side) {
        System.arraycopy(canvas, ((top + y) * side + left) * 3, values, to, inside);
        Arrays.fill(values, to + inside, to + row, 1);
      } else {
        Arrays.fill(values, to, to + row, 1);
      }
    }
  }
}
