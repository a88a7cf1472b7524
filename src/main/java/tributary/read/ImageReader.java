package tributary.read;

import java.io.IOException;
import tributary.base.Invalid;

/**
 * Pictures: PNG, JPEG, GIF (its first frame), BMP, TIFF (its first page), WebP (its first frame)
 * and SVG to ARGB pixels. Safe to call from many threads.
 *
 * <p>A picture is as it is meant to be seen: turned by its orientation (Exif, else XMP), its ICC
 * profile converted to sRGB, the first frame of an animation on its canvas, colours divided by an
 * associated alpha. Samples of more than eight bits are scaled by their whole range, those of
 * floating point from 0 to 1; without a profile all are taken for sRGB, grey ones too.
 *
 * <p>Nothing is decoded before the size in the header is accepted, and a file that is cut short is
 * refused, never shown half. A picture whose longer side is 4096 or more is read with every n-th
 * row and column, n as large as leaves 2048, so its pixels are at most 4095 x 4095.
 */
public final class ImageReader {
  /** Pixels that a picture may claim; a WebP 25 million, as its decoder needs more memory. */
  public static final long MOST_PIXELS = 100_000_000;

  private ImageReader() {}

  /**
   * A picture that claims at most {@link #MOST_PIXELS}.
   *
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, IMAGE_TOO_LARGE, CORRUPT_IMAGE
   */
  public static Signal.Image read(byte[] payload) {
    return read(payload, MOST_PIXELS);
  }

  /**
   * A picture that claims at most so many pixels, of those formats that are decoded here.
   *
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, IMAGE_TOO_LARGE, CORRUPT_IMAGE
   */
  public static Signal.Image read(byte[] payload, long mostPixels) {
    return read(payload, mostPixels, CodecLibrary.NONE);
  }

  /**
   * A picture that claims at most so many pixels.
   *
   * @param codecs for HEIC, AVIF and JPEG 2000
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, IMAGE_TOO_LARGE, CORRUPT_IMAGE
   */
  public static Signal.Image read(byte[] payload, long mostPixels, CodecLibrary codecs) {
    Format format = Format.of("image", payload);
    if (format == null) {
      Container container = Container.holding(Container.Holds.PICTURE, "image", payload);
      return codecs.picture(container, payload, mostPixels);
    }
    try {
      return switch (format) {
        case PNG -> Png.read(payload, mostPixels);
        case JPEG -> RasterReader.jpeg(payload, mostPixels);
        case GIF -> RasterReader.gif(payload, mostPixels);
        case BMP -> RasterReader.bmp(payload, mostPixels);
        case TIFF -> RasterReader.tiff(payload, mostPixels);
        case WEBP -> Webp.read(payload, mostPixels);
        case SVG -> SvgReader.read(payload);
        default -> throw format.misplaced("image");
      };
    } catch (Rejected e) {
      throw e;
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_IMAGE, "Cannot read " + format + ": " + Format.reason(e), e);
    }
  }

  /**
   * Spark's image struct, as its data source "image" fills it: OpenCV's unsigned bytes, row-major.
   *
   * @param mode OpenCV's type, which gives the channels: 0 is grey, 16 is BGR, 24 is BGRA
   * @param data [height, width, channels]
   * @throws Rejected CORRUPT_IMAGE where sizes, mode and data don't agree; IMAGE_TOO_LARGE
   */
  public static Signal.Image struct(int height, int width, int channels, int mode, byte[] data) {
    if (height < 1 || width < 1) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_IMAGE,
          "Cannot read image struct: " + width + " x " + height + " pixels");
    }
    refuseHuge("image struct", width, height, MOST_PIXELS);
    int expected =
        switch (mode) {
          case 0 -> 1;
          case 16 -> 3;
          case 24 -> 4;
          default ->
              throw new Rejected(
                  Rejected.Reason.CORRUPT_IMAGE,
                  Invalid.text("mode", mode, "must be 0 for grey, 16 for BGR or 24 for BGRA"));
        };
    if (channels != expected) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_IMAGE,
          Invalid.text("nChannels", channels, "mode " + mode + " has " + expected));
    }
    if ((long) height * width * channels != data.length) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_IMAGE,
          String.format(
              "Cannot read image struct: %d x %d x %d need %d bytes, there are %d",
              height, width, channels, (long) height * width * channels, data.length));
    }
    return new Signal.Image(width, height, argb(channels, data));
  }

  private static int[] argb(int channels, byte[] data) {
    int[] argb = new int[data.length / channels]; // [height, width]
    for (int i = 0; i < argb.length; i++) {
      int from = i * channels;
      int blue = data[from] & 0xFF;
      int green = channels == 1 ? blue : data[from + 1] & 0xFF;
      int red = channels == 1 ? blue : data[from + 2] & 0xFF;
      int alpha = channels == 4 ? data[from + 3] & 0xFF : 255;
      argb[i] = alpha << 24 | red << 16 | green << 8 | blue;
    }
    return argb;
  }

  /**
   * Each so manieth row and column of a picture is kept that was decoded elsewhere.
   *
   * @throws Rejected IMAGE_TOO_LARGE where it claims more pixels
   */
  public static int every(String format, int width, int height, long mostPixels) {
    refuseHuge(format, width, height, mostPixels);
    return every(width, height);
  }

  /** Each so manieth row and column of a picture is kept. */
  public static int every(int width, int height) {
    return RasterReader.every(width, height);
  }

  /**
   * A picture that was decoded elsewhere, as it is meant to be seen.
   *
   * @param orientation as Exif numbers it
   * @param profile ICC; empty where there is none
   * @param colours of a pixel in the file: 1 for grey, 3
   */
  public static Signal.Image seen(
      Signal.Image image, int orientation, byte[] profile, int colours) {
    Signal.Image coloured = profile.length == 0 ? image : Profile.toSrgb(image, profile, colours);
    return Orientation.turned(coloured, orientation);
  }

  static void refuseHuge(String format, int width, int height, long mostPixels) {
    if ((long) width * height > mostPixels) {
      throw new Rejected(
          Rejected.Reason.IMAGE_TOO_LARGE,
          String.format(
              "Cannot read %s: it claims %d x %d = %d pixels, the limit is %d",
              format, width, height, (long) width * height, mostPixels));
    }
  }
}
