package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Rejected;
import tributary.read.Signal;

/** A token a pixel of what {@link PerceiverPixels#picture} makes, in raster order. */
final class PixelTokenizer implements Tokenizer {
  private final ModalitySpec.Pixels spec;

  PixelTokenizer(ModalitySpec.Pixels spec) {
    this.spec = spec;
  }

  @Override
  public Tokens tokens(Signal signal) {
    Signal.Image image = Kind.expect(spec, Signal.Image.class, signal);
    if (image.width() < 1 || image.height() < 1) {
      return () -> null;
    }
    if (PerceiverPixels.side(image, spec) < 1) {
      throw new Rejected(
          Rejected.Reason.EMPTY_PAYLOAD,
          "a picture of "
              + image.width()
              + " x "
              + image.height()
              + " of which "
              + spec.size()
              + "/"
              + spec.crop()
              + " of the shorter side is no pixel");
    }
    float[] pixels = PerceiverPixels.picture(image, spec);
    int channels = spec.channels();
    return new RowTokens(
        spec.size() * spec.size(),
        channels,
        (i, values, at) -> System.arraycopy(pixels, i * channels, values, at, channels));
  }
}
