package tributary.read;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a JPEG file, walked before its decoder sees it: decoders fill what is missing
 * with grey and say nothing.
 */
final class Jpeg {
  /** A progressive file of a few kilobytes can ask for thousands of passes over every pixel. */
  private static final int MOST_SCANS = 500;

  /** Zeros of the padding that are kept: the data may end with some of their own. */
  private static final int KEPT = 4;

  private static final byte[] EXIF = ascii("Exif\0\0");
  private static final byte[] XMP = ascii("http://ns.adobe.com/xap/1.0/\0");
  private static final byte[] PROFILE = ascii("ICC_PROFILE\0");

  private final byte[] payload;
  private final Annotations notes = new Annotations();

  /** The parts of the profile, by their numbers; where each one's name is in the file. */
  private byte @Nullable [] @Nullable [] parts;

  private int components;
  private boolean progressive;
  private boolean ended;
  private int scans;

  /** The file without its profile, which is applied here, or null where it has none. */
  private byte @Nullable [] plain;

  private Jpeg(byte[] payload) {
    this.payload = payload;
  }

  /**
   * The file, walked to its end.
   *
   * @throws Rejected CORRUPT_IMAGE where it is cut, or has too many scans
   */
  static Jpeg walk(byte[] payload) {
    Jpeg jpeg = new Jpeg(payload);
    jpeg.segments();
    if (!jpeg.ended && (jpeg.scans == 0 || jpeg.progressive || !jpeg.isPadded())) {
      throw Completeness.cut("JPEG", "no end-of-image marker", payload);
    }
    return jpeg;
  }

  Annotations notes() {
    return notes;
  }

  /**
   * What the decoder is given: without the profile; where zeros are found instead of the
   * end-of-image marker, with a marker. A decoder that needs more data then meets the marker and
   * says so.
   */
  byte[] content() {
    byte[] content = plain == null ? payload : plain;
    if (ended) {
      return content;
    }
    int length = content.length;
    while (length > 0 && content[length - 1] == 0) {
      length--;
    }
    byte[] closed = Arrays.copyOf(content, length + KEPT + 2);
    closed[length + KEPT] = (byte) 0xFF;
    closed[length + KEPT + 1] = (byte) 0xD9;
    return closed;
  }

  private boolean isPadded() {
    return payload[payload.length - 1] == 0 && payload[payload.length - 2] == 0;
  }

  private void segments() {
    int at = 2;
    while (at + 1 < payload.length && !ended) {
      int marker = payload[at + 1] & 0xFF;
      if ((payload[at] & 0xFF) != 0xFF || marker == 0 || isRestart(marker) || marker == 0xFF) {
        at++; // entropy-coded data, bytes between segments that decoders step over, or fill
      } else if (marker == 0xD9) {
        ended = true;
      } else if (marker == 0xD8 || marker == 0x01) {
        at += 2;
      } else if (at + 3 >= payload.length) {
        return;
      } else {
        int end = at + 2 + ((payload[at + 2] & 0xFF) << 8 | payload[at + 3] & 0xFF);
        if (marker == 0xDA && ++scans > MOST_SCANS) {
          throw Completeness.corrupt("Cannot read JPEG: more than " + MOST_SCANS + " scans");
        }
        if (scans == 0 && end <= payload.length) {
          header(marker, at + 4, end);
        }
        at = end;
      }
    }
    if (parts != null) {
      notes.profile(joined(parts));
    }
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xD0 && marker <= 0xD7;
  }

  private void header(int marker, int from, int end) {
    if (marker == 0xE1 && starts(from, end, EXIF)) {
      notes.exif(payload, from, end);
    } else if (marker == 0xE1 && starts(from, end, XMP)) {
      notes.xmp(payload, from + XMP.length, end);
    } else if (marker == 0xE2 && starts(from, end, PROFILE)) {
      profile(from, end);
    } else if (isFrame(marker) && end - from > 5) {
      progressive = (marker & 3) == 2;
      components = payload[from + 5];
      notes.channels(components);
      plain = components == 4 ? null : plain; // the decoder converts CMYK by its profile
    }
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private void profile(int from, int end) {
    int header = from + PROFILE.length + 2;
    if (header > end) {
      return;
    }
    int number = payload[header - 2] & 0xFF;
    int count = payload[header - 1] & 0xFF;
    if (parts == null) {
      parts = new byte[count + 1][];
    }
    if (number < parts.length && number > 0 && parts[number] == null) {
      parts[number] = Arrays.copyOfRange(payload, header, end);
    }
    if (components != 4) {
      plain = plain == null ? payload.clone() : plain;
      plain[from] = 'i'; // another name: the decoder steps over it
    }
  }

  /** The whole profile, or null where a part is missing. */
  private static byte @Nullable [] joined(byte[] @Nullable [] parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 1; i < parts.length; i++) {
      byte[] part = parts[i];
      if (part == null) {
        return null;
      }
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private boolean starts(int from, int end, byte[] name) {
    return end - from >= name.length
        && Arrays.equals(payload, from, from + name.length, name, 0, name.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
