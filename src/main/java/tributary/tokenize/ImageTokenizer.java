package tributary.tokenize;

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
  private final Canvas canvas;

  ImageTokenizer(ModalitySpec.Image spec) {
    this.spec = spec;
    this.canvas = canvas(spec);
  }

  static Canvas canvas(ModalitySpec.Image spec) {
    return new Canvas(spec.canvas(), spec.patch(), places(spec));
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
    return new HeldTokens(spec.channels(), canvas.patches(image));
  }
}
