package tributary.read;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Raster files by ImageIO: PNG and GIF by the JDK, the others by TwelveMonkeys, whichever else is
 * registered in this JVM.
 */
final class RasterReader {
  /** What the longer side keeps at least when a large picture is subsampled. */
  static final int ENOUGH = 2048;

  static {
    ImageIO.setUseCache(false);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(RasterReader.class.getClassLoader()); // the plug-ins lie beside us
    try {
      ImageIO.scanForPlugins();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private RasterReader() {}

  static Signal.Image read(Format format, byte[] payload, long mostPixels) throws IOException {
    ImageReader reader = reader(format);
    boolean webp = format == Format.WEBP;
    try (ImageInputStream in = webp ? Webp.open(payload) : new ByteArrayImageInputStream(payload)) {
      boolean forwardOnly = format != Format.TIFF;
      reader.setInput(in, forwardOnly, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width < 1 || height < 1) {
        throw Completeness.corrupt(
            "Cannot read " + format + ": it claims " + width + " x " + height);
      }
      long most = webp ? Math.min(mostPixels, Webp.MOST_PIXELS) : mostPixels;
      tributary.read.ImageReader.refuseHuge(format.name(), width, height, most);
      Completeness.check(format, payload);
      Complaints complaints = new Complaints(format);
      reader.addIIOReadWarningListener(complaints);
      ImageReadParam param = reader.getDefaultReadParam();
      int every = Math.max(1, Math.max(width, height) / ENOUGH);
      param.setSourceSubsampling(every, every, 0, 0);
      BufferedImage image = reader.read(0, param);
      complaints.refuse();
      return new Signal.Image(image.getWidth(), image.getHeight(), Pixels.argb(image));
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(Format format) {
    boolean jdk = format == Format.PNG || format == Format.GIF;
    String vendor = jdk ? "com.sun.imageio." : "com.twelvemonkeys.imageio.";
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
