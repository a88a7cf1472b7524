package tributary.read;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * PNG (W3C, third edition) of every depth and kind: its chunks. {@link PngRows} makes rows of what
 * they hold, {@link PngPixels} pixels of the rows; without the streams, rasters and plug-ins of
 * ImageIO, which reads 2 and 4 bits with a transparent grey as opaque and knows no profile.
 *
 * <p>The critical chunks must have their checksums. A picture is whole when its pixels are: what
 * comes behind them, its end marker too, may be missing. An animation's first picture is the one
 * that is stored as a still.
 *
 * <p>A profile (iCCP) is applied. gAMA, cHRM, sRGB and cICP are not, as in Pillow: a file without a
 * profile is taken for sRGB.
 */
final class Png {
  private static final int SIGNATURE = 8;

  /** A chunk's length, type and checksum. */
  private static final int AROUND = 12;

  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504C5445;
  private static final int ACTL = 0x6163544C;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454E44;
  private static final int TRNS = 0x74524E53;
  private static final int ICCP = 0x69434350;
  private static final int EXIF = 0x65584966;
  private static final int TEXT = 0x74455874;
  private static final int DEFLATED_TEXT = 0x7A545874;
  private static final int INTERNATIONAL_TEXT = 0x69545874;

  /** An ancillary chunk's type begins with a small letter. */
  private static final int ANCILLARY = 0x20000000;

  /** Of a text that may be Exif or XMP. */
  private static final int MOST_TEXT = 1 << 20;

  private final byte[] payload;
  private final ByteBuffer in;
  private final Annotations notes = new Annotations();
  private final List<int[]> data = new ArrayList<>(); // from, end
  private byte @Nullable [] palette;
  private byte @Nullable [] transparency;

  /** Whether the chunks of data are behind us. */
  private boolean behind;

  private Png(byte[] payload) {
    this.payload = payload;
    this.in = ByteBuffer.wrap(payload);
  }

  /** Whether it has frames behind its first (acTL, in front of the data). */
  static boolean isAnimated(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload);
    for (long at = SIGNATURE; at + AROUND <= payload.length; ) {
      int type = in.getInt((int) at + Integer.BYTES);
      if (type == ACTL || type == IDAT) {
        return type == ACTL;
      }
      at += AROUND + (in.getInt((int) at) & 0xFFFFFFFFL);
    }
    return false;
  }

  /**
   * The picture.
   *
   * @throws Rejected CORRUPT_IMAGE, IMAGE_TOO_LARGE
   */
  static Signal.Image read(byte[] payload, long mostPixels) {
    Png png = new Png(payload);
    PngHeader header = png.header();
    ImageReader.refuseHuge("PNG", header.width(), header.height(), mostPixels);
    png.chunks();
    PngPixels pixels = new PngPixels(header, png.palette, png.transparency);
    Signal.Image image = PngRows.image(header, pixels, payload, png.data);
    if (header.colours() == PngHeader.GREY || header.colours() == PngHeader.GREY_ALPHA) {
      png.notes.channels(1);
    }
    return png.notes.applied(image);
  }

  private PngHeader header() {
    int end = SIGNATURE + AROUND + PngHeader.BYTES;
    if (payload.length < end) {
      throw Completeness.cut("PNG", "its header ends at byte " + end, payload);
    }
    if (in.getInt(SIGNATURE) != PngHeader.BYTES || in.getInt(SIGNATURE + 4) != IHDR) {
      throw Completeness.corrupt(
          "Cannot read PNG: it begins with the chunk " + name(SIGNATURE) + " instead of IHDR");
    }
    checksum(SIGNATURE, PngHeader.BYTES);
    return PngHeader.read(in, SIGNATURE + 8);
  }

  /** Walks the chunks behind the header; those behind the data may be missing. */
  private void chunks() {
    int at = SIGNATURE + AROUND + PngHeader.BYTES;
    while (at <= payload.length - 8) {
      long length = in.getInt(at) & 0xFFFFFFFFL;
      int type = in.getInt(at + 4);
      boolean isCut = length > payload.length - at - AROUND;
      if (type == IEND || (isCut && !data.isEmpty() && type != IDAT) || !isName(at)) {
        break;
      }
      if (isCut && type != IDAT) {
        throw Completeness.cut(
            "PNG", "the chunk at byte " + at + " has " + length + " bytes", payload);
      }
      int from = at + 8;
      int end = (int) Math.min(from + length, payload.length);
      if (!isCut && (type == PLTE || type == IDAT)) {
        checksum(at, (int) length);
      }
      chunk(type, at, from, end);
      at = isCut ? payload.length : end + 4;
    }
    if (data.isEmpty()) {
      throw Completeness.cut("PNG", "no IDAT chunk", payload);
    }
  }

  private void chunk(int type, int at, int from, int end) {
    if (type == IDAT) {
      if (!behind) {
        data.add(new int[] {from, end});
      }
      return;
    }
    behind = !data.isEmpty();
    switch (type) {
      case PLTE -> palette = copy(from, end);
      case TRNS -> transparency = copy(from, end);
      case EXIF -> notes.exif(payload, from, end);
      case ICCP -> profile(from, end);
      case TEXT, DEFLATED_TEXT, INTERNATIONAL_TEXT -> text(type, from, end);
      default -> {
        if ((type & ANCILLARY) == 0 && !behind) {
          throw Completeness.corrupt(
              "Cannot read PNG: its chunk "
                  + name(at)
                  + " changes what the others mean, and is not known");
        }
      }
    }
  }

  private byte[] copy(int from, int end) {
    return Arrays.copyOfRange(payload, from, end);
  }

  private void checksum(int at, int length) {
    CRC32 crc = new CRC32();
    crc.update(payload, at + 4, length + 4);
    int stored = in.getInt(at + 8 + length);
    if ((int) crc.getValue() != stored) {
      throw Completeness.corrupt(
          String.format(
              "Cannot read PNG: the chunk at byte %d has checksum %08x and says %08x",
              at, (int) crc.getValue(), stored));
    }
  }

  private boolean isName(int at) {
    for (int i = at + 4; i < at + 8; i++) {
      int small = payload[i] | 0x20;
      if (small < 'a' || small > 'z') {
        return false;
      }
    }
    return true;
  }

  private String name(int at) {
    return isName(at)
        ? new String(payload, at + 4, 4, StandardCharsets.ISO_8859_1)
        : HexFormat.of().formatHex(payload, at + 4, at + 8);
  }

  /** Its name, a zero, how it is packed (0), and the profile. */
  private void profile(int from, int end) {
    int packed = afterZero(from, end) + 1;
    notes.profile(packed < end ? inflated(packed, end, Profile.MOST_BYTES) : null);
  }

  /** Exif and XMP as older programs write them. */
  private void text(int type, int from, int end) {
    int value = afterZero(from, end);
    String keyword =
        new String(payload, from, Math.max(0, value - from - 1), StandardCharsets.ISO_8859_1);
    boolean exif =
        keyword.equals("Raw profile type exif") || keyword.equals("Raw profile type APP1");
    if (keyword.equals("XML:com.adobe.xmp") && type == INTERNATIONAL_TEXT) {
      boolean packed = value + 1 < end && payload[value] == 1;
      int words = afterZero(afterZero(value + 2, end), end);
      byte[] xmp = packed ? inflated(words, end, MOST_TEXT) : copy(Math.min(words, end), end);
      notes.xmp(xmp == null ? new byte[0] : xmp, 0, xmp == null ? 0 : xmp.length);
    } else if (exif && type != INTERNATIONAL_TEXT) {
      byte[] text = type == TEXT ? copy(value, end) : inflated(value + 1, end, MOST_TEXT);
      byte[] raw = text == null ? new byte[0] : raw(text);
      notes.exif(raw, 0, raw.length);
    }
  }

  /** The byte behind the next zero, or the end. */
  private int afterZero(int from, int end) {
    int at = from;
    while (at < end && payload[at] != 0) {
      at++;
    }
    return Math.min(at + 1, end);
  }

  /** A line with a name, one with the length, then lines of hexadecimal digits. */
  private static byte[] raw(byte[] text) {
    String[] lines = new String(text, StandardCharsets.ISO_8859_1).strip().split("\n", 3);
    String digits = lines.length < 3 ? "" : lines[2].replaceAll("\\s", "");
    boolean sound = digits.length() % 2 == 0 && digits.matches("[0-9a-fA-F]*");
    return sound ? HexFormat.of().parseHex(digits) : new byte[0];
  }

  /** What is packed there, or null where it is at fault or longer than that. */
  private byte @Nullable [] inflated(int from, int end, int most) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(payload, from, Math.max(0, end - from));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] piece = new byte[4096];
      while (!inflater.finished()) {
        int count = inflater.inflate(piece);
        if (count == 0 || out.size() + count > most) {
          return null;
        }
        out.write(piece, 0, count);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      return null; // no pixel depends on it
    } finally {
      inflater.end();
    }
  }
}
