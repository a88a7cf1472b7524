package tributary.read;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * ICC profiles: colours of a file to sRGB, by the JDK's LittleCMS, perceptual intent. A profile
 * that can't be read, or that is not for pixels of this kind, is left alone, and so is one that
 * moves no colour by more than one step of 255: it is sRGB, written down otherwise.
 */
final class Profile {
  /** Bytes that a profile may have: those of printers have one or two million. */
  static final int MOST_BYTES = 8 << 20;

  /** Pixels converted at once. */
  private static final int BLOCK = 1 << 14;

  /** Steps of each channel in which a profile is compared with sRGB. */
  private static final int STEPS = 9;

  /** The last conversion of each thread: pictures of one table mostly have one profile. */
  private static final ThreadLocal<@Nullable Profile> LAST = new ThreadLocal<>();

  private final byte[] bytes;
  private final int channels;
  private final @Nullable ColorConvertOp conversion;

  private Profile(byte[] bytes, int channels) {
    this.bytes = bytes;
    this.channels = channels;
    this.conversion = conversion();
  }

  /**
   * The picture in sRGB.
   *
   * @param channels 1 where the file has grey, 3 where it has red, green and blue, another number
   *     where its colours were converted already
   */
  static Signal.Image toSrgb(Signal.Image image, byte[] icc, int channels) {
    if ((channels != 1 && channels != 3) || icc.length > MOST_BYTES) {
      return image;
    }
    Profile profile = LAST.get();
    if (profile == null || profile.channels != channels || !Arrays.equals(profile.bytes, icc)) {
      profile = new Profile(icc, channels);
      LAST.set(profile);
    }
    return profile.conversion == null ? image : profile.converted(image, profile.conversion);
  }

  private @Nullable ColorConvertOp conversion() {
    try {
      ICC_Profile profile = ICC_Profile.getInstance(bytes);
      int wanted = channels == 1 ? ColorSpace.TYPE_GRAY : ColorSpace.TYPE_RGB;
      if (profile.getColorSpaceType() != wanted) {
        return null;
      }
      ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
      ColorConvertOp op = new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null);
      int[] sample = channels == 1 ? greys() : colours();
      int[] moved = new int[sample.length];
      convert(op, sample, 0, moved, sample.length);
      return isNear(sample, moved) ? null : op;
    } catch (IllegalArgumentException | CMMException e) {
      return null; // no profile, or one without what a conversion needs
    }
  }

  private static int[] greys() {
    int[] greys = new int[256];
    Arrays.setAll(greys, i -> 0xFF << 24 | i * 0x010101);
    return greys;
  }

  private static int[] colours() {
    int[] colours = new int[STEPS * STEPS * STEPS];
    int step = 255 / (STEPS - 1);
    Arrays.setAll(
        colours,
        i ->
            0xFF << 24
                | i / STEPS / STEPS * step << 16
                | i / STEPS % STEPS * step << 8
                | i % STEPS * step);
    return colours;
  }

  private static boolean isNear(int[] left, int[] right) {
    int furthest = 0;
    for (int i = 0; i < left.length; i++) {
      for (int shift = 0; shift < 24; shift += 8) {
        int apart = (left[i] >> shift & 0xFF) - (right[i] >> shift & 0xFF);
        furthest = Math.max(furthest, Math.abs(apart));
      }
    }
    return furthest <= 1;
  }

  private Signal.Image converted(Signal.Image image, ColorConvertOp op) {
    int[] argb = image.argb();
    int[] converted = new int[argb.length];
    for (int at = 0; at < argb.length; at += BLOCK) {
      convert(op, argb, at, converted, Math.min(BLOCK, argb.length - at));
    }
    return new Signal.Image(image.width(), image.height(), converted);
  }

  /** Converts so many pixels; their alpha stays. */
  private void convert(ColorConvertOp op, int[] argb, int at, int[] to, int count) {
    WritableRaster in = raster(count, channels);
    WritableRaster out = raster(count, 3);
    byte[] from = ((DataBufferByte) in.getDataBuffer()).getData();
    for (int i = 0; i < count; i++) {
      int pixel = argb[at + i];
      if (channels == 1) {
        from[i] = (byte) pixel;
      } else {
        from[3 * i] = (byte) (pixel >> 16);
        from[3 * i + 1] = (byte) (pixel >> 8);
        from[3 * i + 2] = (byte) pixel;
      }
    }
    byte[] rgb = ((DataBufferByte) op.filter(in, out).getDataBuffer()).getData();
    for (int i = 0; i < count; i++) {
      to[at + i] =
          argb[at + i] & 0xFF << 24
              | (rgb[3 * i] & 0xFF) << 16
              | (rgb[3 * i + 1] & 0xFF) << 8
              | rgb[3 * i + 2] & 0xFF;
    }
  }

  private static WritableRaster raster(int pixels, int bands) {
    return Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, pixels, 1, bands, null);
  }
}
