package tributary.read;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of its pixels beside them: how the picture is to be turned, and what its colours
 * mean. Collected by the reader of each container, applied in one place, so that a picture is the
 * same in all of them.
 *
 * <p>The orientation is Exif's; XMP's where Exif has none (as Pillow's {@code exif_transpose}).
 */
final class Annotations {
  private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|='|>)([0-9])");

  private int orientation;
  private int xmpOrientation;
  private byte @Nullable [] profile;
  private int channels = 3;

  /** Takes the orientation of an Exif block, with or without its own name in front. */
  void exif(byte[] bytes, int from, int end) {
    boolean named =
        end - from >= EXIF.length
            && Arrays.equals(bytes, from, from + EXIF.length, EXIF, 0, EXIF.length);
    Ifd directory = Ifd.first(bytes, named ? from + EXIF.length : from, end);
    if (directory != null && orientation == 0) {
      orientation(directory);
    }
  }

  void orientation(Ifd directory) {
    long number = directory.number(Ifd.ORIENTATION, 0);
    orientation = number < 0 || number > 8 ? 1 : (int) number;
  }

  void xmp(byte[] bytes, int from, int end) {
    Matcher found = XMP.matcher(new String(bytes, from, end - from, StandardCharsets.ISO_8859_1));
    if (xmpOrientation == 0 && found.find()) {
      xmpOrientation = found.group(1).charAt(0) - '0';
    }
  }

  /** Takes an ICC profile; null where there is none. */
  void profile(byte @Nullable [] icc) {
    profile = icc;
  }

  /** How many colours each pixel has in the file: 1 for grey, 3, or 4 for CMYK. */
  void channels(int count) {
    channels = count;
  }

  /** The picture as it is meant to be seen, in sRGB. */
  Signal.Image applied(Signal.Image image) {
    Signal.Image coloured = profile == null ? image : Profile.toSrgb(image, profile, channels);
    return Orientation.turned(coloured, orientation == 0 ? xmpOrientation : orientation);
  }
}
