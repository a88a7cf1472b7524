package tributary.read;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * What the tags of a TIFF's first picture say that its decoder doesn't hand on: how it is turned,
 * its profile, what its fourth sample is, and whether its samples have signs.
 */
final class Tiff {
  private static final int WHITE_IS_ZERO = 0;
  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int SEPARATED = 5;
  private static final int YCBCR = 6;

  private static final int ASSOCIATED = 1;
  private static final int UNASSOCIATED = 2;
  private static final int COREL = 999;
  private static final int SIGNED = 2;

  private final Annotations notes = new Annotations();
  private final @Nullable Ifd tags;
  private final boolean separated;

  private Tiff(@Nullable Ifd tags) {
    this.tags = tags;
    int photometric = tags == null ? RGB : (int) tags.number(Ifd.PHOTOMETRIC, RGB);
    this.separated = photometric == SEPARATED;
    if (tags == null) {
      return;
    }
    notes.orientation(tags);
    byte[] xmp = tags.bytes(Ifd.XMP);
    if (xmp != null) {
      notes.xmp(xmp, 0, xmp.length);
    }
    notes.profile(tags.bytes(Ifd.PROFILE));
    notes.channels(
        switch (photometric) {
          case WHITE_IS_ZERO, BLACK_IS_ZERO -> 1;
          case RGB, PALETTE, YCBCR -> 3;
          default -> 0; // inks and L*a*b* are converted by the decoder
        });
  }

  static Tiff of(byte[] payload) {
    return new Tiff(Ifd.first(payload, 0, payload.length));
  }

  Annotations notes() {
    return notes;
  }

  /**
   * Pixels of the decoded picture, not premultiplied.
   *
   * @throws Rejected CORRUPT_IMAGE where samples of more than eight bits have signs
   */
  int[] pixels(BufferedImage image) {
    boolean deep = image.getColorModel().getComponentSize(0) > 8;
    if (tags != null && tags.number(Ifd.SAMPLE_FORMAT, 1) == SIGNED && deep) {
      throw Completeness.corrupt(
          "Cannot read TIFF: its samples have signs, so which of them is black is not said");
    }
    if (separated) {
      return Pixels.argb(image);
    }
    long extra = tags == null ? UNASSOCIATED : tags.number(Ifd.EXTRA_SAMPLES, UNASSOCIATED);
    boolean alpha = extra == ASSOCIATED || extra == UNASSOCIATED || extra == COREL;
    int[] argb = Pixels.raw(image, alpha);
    if (extra == ASSOCIATED) {
      for (int i = 0; i < argb.length; i++) {
        argb[i] = divided(argb[i]);
      }
    }
    return argb;
  }

  /** Colours divided by their alpha, cut to whole numbers as Pillow does. */
  private static int divided(int pixel) {
    int alpha = pixel >>> 24;
    if (alpha == 255) {
      return pixel;
    }
    if (alpha == 0) {
      return 0;
    }
    int red = Math.min(255, (pixel >> 16 & 0xFF) * 255 / alpha);
    int green = Math.min(255, (pixel >> 8 & 0xFF) * 255 / alpha);
    int blue = Math.min(255, (pixel & 0xFF) * 255 / alpha);
    return alpha << 24 | red << 16 | green << 8 | blue;
  }
}
