package tributary.read;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;
import tributary.base.ImagePlugins;

/**
 * Raster files by ImageIO: GIF by the JDK, JPEG, BMP and TIFF by TwelveMonkeys, whichever else is
 * registered in this JVM.
 */
final class RasterReader {
  /** What the longer side keeps at least when a large picture is subsampled. */
  private static final int ENOUGH = 2048;

  static {
    ImagePlugins.find();
  }

  private RasterReader() {}

  /** Each so manieth row and column of a picture is kept. */
  static int every(int width, int height) {
    return Math.max(1, Math.max(width, height) / ENOUGH);
  }

  static Signal.Image jpeg(byte[] payload, long mostPixels) throws IOException {
    Jpeg jpeg = Jpeg.walk(payload);
    BufferedImage image = decoded(Format.JPEG, jpeg.content(), mostPixels);
    return jpeg.notes().applied(signal(image));
  }

  static Signal.Image bmp(byte[] payload, long mostPixels) throws IOException {
    return signal(decoded(Format.BMP, payload, mostPixels));
  }

  static Signal.Image tiff(byte[] payload, long mostPixels) throws IOException {
    Tiff tiff = Tiff.of(payload);
    BufferedImage image = decoded(Format.TIFF, payload, mostPixels);
    int[] argb = tiff.pixels(image);
    return tiff.notes().applied(new Signal.Image(image.getWidth(), image.getHeight(), argb));
  }

  /** The first picture, where it is on the screen that the file describes. */
  static Signal.Image gif(byte[] payload, long mostPixels) throws IOException {
    Gif gif = Gif.walk(payload);
    tributary.read.ImageReader.refuseHuge("GIF", gif.width(), gif.height(), mostPixels);
    BufferedImage image = read(Format.GIF, payload, mostPixels, 1);
    // As Pillow: colour 0 around a picture that has no transparent one.
    boolean clear =
        !(image.getColorModel() instanceof IndexColorModel palette)
            || palette.getTransparentPixel() >= 0;
    int around = clear ? 0 : image.getColorModel().getRGB(0);
    return Canvas.placed(signal(image), gif.left(), gif.top(), gif.width(), gif.height(), around);
  }

  private static Signal.Image signal(BufferedImage image) {
    return new Signal.Image(image.getWidth(), image.getHeight(), Pixels.argb(image));
  }

  private static BufferedImage decoded(Format format, byte[] content, long mostPixels)
      throws IOException {
    return read(format, content, mostPixels, null);
  }

  /**
   * The first picture of a file.
   *
   * @param every null where it follows from the size
   */
  private static BufferedImage read(
      Format format, byte[] content, long mostPixels, @Nullable Integer every) throws IOException {
    ImageReader reader = reader(format);
    try (ImageInputStream in = new ByteArrayImageInputStream(content)) {
      boolean forwardOnly = format != Format.TIFF;
      reader.setInput(in, forwardOnly, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width < 1 || height < 1) {
        throw Completeness.corrupt(
            "Cannot read " + format + ": it claims " + width + " x " + height);
      }
      tributary.read.ImageReader.refuseHuge(format.name(), width, height, mostPixels);
      Complaints complaints = new Complaints(format);
      reader.addIIOReadWarningListener(complaints);
      ImageReadParam param = reader.getDefaultReadParam();
      int step = every == null ? every(width, height) : every;
      param.setSourceSubsampling(step, step, 0, 0);
      BufferedImage image = reader.read(0, param);
      complaints.refuse();
      return image;
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(Format format) {
    String vendor = format == Format.GIF ? "com.sun.imageio." : "com.twelvemonkeys.imageio.";
    Iterator<ImageReader> readers =
        ImageIO.getImageReadersByFormatName(format.name().toLowerCase(Locale.ROOT));
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith(vendor)) {
        return reader;
      }
    }
    // A fault of the installation, not of the record: every picture of the format would fail.
    throw new LinkageError("Cannot read " + format + ": no decoder " + vendor + "* is registered");
  }
}
