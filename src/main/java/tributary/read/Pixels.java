package tributary.read;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;

/**
 * A decoded picture of any colour model to ARGB. Grey samples are taken as they are: Java calls its
 * grey linear and would brighten them, the file formats mean the same curve as for red, green and
 * blue.
 */
final class Pixels {
  private Pixels() {}

  /** [height, width] as 0xAARRGGBB, not premultiplied. */
  static int[] argb(BufferedImage image) {
    ColorModel model = image.getColorModel();
    boolean plain = isPlain(model);
    if (model instanceof IndexColorModel || (plain && isGrey(model)) || isSrgb(model)) {
      return raw(image, true);
    }
    int width = image.getWidth();
    int height = image.getHeight();
    int[] argb = new int[width * height];
    if (plain && !model.hasAlpha()) {
      BufferedImage converted = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
      var unused = new ColorConvertOp(null).filter(image, converted);
      var unusedToo = converted.getRGB(0, 0, width, height, argb, 0, width);
    } else {
      var unused = image.getRGB(0, 0, width, height, argb, 0, width);
    }
    return argb;
  }

  private static boolean isSrgb(ColorModel model) {
    return isPlain(model) && model.getColorSpace().isCS_sRGB();
  }

  /**
   * Samples as they are, whatever space and alpha the colour model says that they have: [height,
   * width] as 0xAARRGGBB.
   *
   * @param alpha whether a sample beyond the colours is alpha; opaque otherwise
   */
  static int[] raw(BufferedImage image, boolean alpha) {
    int[] argb = new int[image.getWidth() * image.getHeight()];
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    if (model instanceof IndexColorModel palette) {
      indexed(raster, palette, argb);
      return argb;
    }
    int colours = model.getNumColorComponents();
    int[] rgb = colours < 3 ? new int[] {0, 0, 0} : new int[] {0, 1, 2};
    int band = alpha && raster.getNumBands() > colours ? colours : -1;
    int type = raster.getTransferType();
    boolean shallow = type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT;
    if (shallow || (type == DataBuffer.TYPE_INT && model.getComponentSize(0) <= 16)) {
      plain(raster, model, rgb, band, argb);
    } else {
      deep(raster, rgb, band, argb);
    }
    return argb;
  }

  /** Unsigned whole samples that aren't multiplied by alpha. */
  private static boolean isPlain(ColorModel model) {
    int type = model.getTransferType();
    boolean whole =
        type == DataBuffer.TYPE_BYTE
            || type == DataBuffer.TYPE_USHORT
            || type == DataBuffer.TYPE_INT;
    boolean deep = false;
    for (int bits : model.getComponentSize()) {
      deep |= bits > 16;
    }
    return whole && !deep && !(model.hasAlpha() && model.isAlphaPremultiplied());
  }

  private static boolean isGrey(ColorModel model) {
    return model.getColorSpace().getType() == ColorSpace.TYPE_GRAY
        && model.getNumColorComponents() == 1;
  }

  private static void indexed(Raster raster, IndexColorModel palette, int[] argb) {
    int width = raster.getWidth();
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    int[] row = new int[width * raster.getNumBands()]; // [width]
    for (int y = 0; y < raster.getHeight(); y++) {
      int[] indices = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        argb[y * width + x] = colours[indices[x]];
      }
    }
  }

  private static void plain(Raster raster, ColorModel model, int[] rgb, int alphaBand, int[] argb) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    int[][] scales = new int[bands][]; // [bands, values]: sample to 8 bits
    for (int band = 0; band < bands; band++) {
      scales[band] = scale(model.getComponentSize(Math.min(band, model.getNumComponents() - 1)));
    }
    if (isBytes(raster, model)) {
      bytes(raster, rgb, alphaBand, argb);
      return;
    }
    int[] row = new int[width * bands]; // [width, bands]
    for (int y = 0; y < raster.getHeight(); y++) {
      int[] samples = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int from = x * bands;
        int alpha = alphaBand < 0 ? 255 : scales[alphaBand][samples[from + alphaBand]];
        argb[y * width + x] =
            alpha << 24
                | scales[rgb[0]][samples[from + rgb[0]]] << 16
                | scales[rgb[1]][samples[from + rgb[1]]] << 8
                | scales[rgb[2]][samples[from + rgb[2]]];
      }
    }
  }

  /** 32 whole bits, of which 2^32 - 1 is white, or floating point, of which 1 is. */
  private static void deep(Raster raster, int[] rgb, int alphaBand, int[] argb) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    boolean whole = raster.getTransferType() == DataBuffer.TYPE_INT;
    double[] row = new double[width * bands]; // [width, bands]
    for (int y = 0; y < raster.getHeight(); y++) {
      double[] samples = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int from = x * bands;
        int alpha = alphaBand < 0 ? 255 : eight(samples[from + alphaBand], whole);
        argb[y * width + x] =
            alpha << 24
                | eight(samples[from + rgb[0]], whole) << 16
                | eight(samples[from + rgb[1]], whole) << 8
                | eight(samples[from + rgb[2]], whole);
      }
    }
  }

  /** What is no number is black. */
  private static int eight(double sample, boolean whole) {
    double unsigned = whole && sample < 0 ? sample + 0x1p32 : sample;
    double scaled = whole ? unsigned / (0x1p32 - 1) : unsigned;
    return (int) (Math.max(0, Math.min(1, scaled)) * 255 + 0.5);
  }

  /** Whether every sample is a whole byte, in a heap array. */
  private static boolean isBytes(Raster raster, ColorModel model) {
    boolean whole = true;
    for (int bits : model.getComponentSize()) {
      whole &= bits == 8;
    }
    return whole
        && raster.getSampleModel() instanceof PixelInterleavedSampleModel
        && raster.getDataBuffer() instanceof DataBufferByte;
  }

  /** {@link #plain} where the bytes need no scaling: read where they are, not copied to rows. */
  private static void bytes(Raster raster, int[] rgb, int alphaBand, int[] argb) {
    var layout = (PixelInterleavedSampleModel) raster.getSampleModel();
    var buffer = (DataBufferByte) raster.getDataBuffer();
    byte[] data = buffer.getData();
    int[] offsets = layout.getBandOffsets();
    int pixel = layout.getPixelStride();
    int width = raster.getWidth();
    for (int y = 0; y < raster.getHeight(); y++) {
      int from =
          buffer.getOffset()
              + (raster.getMinY() + y - raster.getSampleModelTranslateY())
                  * layout.getScanlineStride()
              + (raster.getMinX() - raster.getSampleModelTranslateX()) * pixel;
      int red = from + offsets[rgb[0]];
      int green = from + offsets[rgb[1]];
      int blue = from + offsets[rgb[2]];
      int alpha = alphaBand < 0 ? red : from + offsets[alphaBand];
      int opaque = alphaBand < 0 ? 0xFF : 0;
      for (int x = 0; x < width; x++, red += pixel, green += pixel, blue += pixel, alpha += pixel) {
        argb[y * width + x] =
            (data[alpha] & 0xFF | opaque) << 24
                | (data[red] & 0xFF) << 16
                | (data[green] & 0xFF) << 8
                | data[blue] & 0xFF;
      }
    }
  }

  /** Rounded value * 255 / largest. */
  private static int[] scale(int bits) {
    int largest = (1 << bits) - 1;
    int[] scale = new int[largest + 1];
    for (int value = 0; value <= largest; value++) {
      scale[value] = (value * 255 + largest / 2) / largest;
    }
    return scale;
  }
}
