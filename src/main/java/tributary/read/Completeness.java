package tributary.read;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * Whether a picture's file goes on to its end. Decoders fill what is missing with grey or black and
 * say nothing, so the containers are walked before anything is decoded.
 */
final class Completeness {
  private static final int PNG_SIGNATURE = 8;
  private static final int PNG_IHDR = 0x49484452;
  private static final int PNG_PLTE = 0x504C5445;
  private static final int PNG_IDAT = 0x49444154;
  private static final int PNG_IEND = 0x49454E44;

  /** A progressive file of a few kilobytes can ask for thousands of passes over every pixel. */
  private static final int MOST_SCANS = 500;

  private Completeness() {}

  static void check(Format format, byte[] payload) {
    switch (format) {
      case PNG -> png(payload);
      case JPEG -> jpeg(payload);
      case GIF -> gif(payload);
      default -> {} // decoders that fail by themselves where bytes are missing; Webp checks itself
    }
  }

  /** Walks the chunks to IEND; the critical ones must have their checksum. */
  private static void png(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload).position(PNG_SIGNATURE);
    while (in.remaining() >= 12) {
      int start = in.position();
      long length = in.getInt() & 0xFFFFFFFFL;
      int type = in.getInt();
      if (length > in.remaining() - 4) {
        throw cut("PNG", "the chunk at byte " + start + " has " + length + " bytes", payload);
      }
      in.position(in.position() + (int) length);
      int stored = in.getInt();
      if (type == PNG_IHDR || type == PNG_PLTE || type == PNG_IDAT || type == PNG_IEND) {
        CRC32 crc = new CRC32();
        crc.update(payload, start + 4, (int) length + 4);
        if ((int) crc.getValue() != stored) {
          throw corrupt(
              String.format(
                  "Cannot read PNG: the chunk at byte %d has checksum %08x and says %08x",
                  start, (int) crc.getValue(), stored));
        }
      }
      if (type == PNG_IEND) {
        return;
      }
    }
    throw cut("PNG", "no IEND chunk", payload);
  }

  /** Walks the segments and scans to the end-of-image marker. */
  private static void jpeg(byte[] payload) {
    int at = 2;
    int scans = 0;
    while (at + 1 < payload.length) {
      int marker = payload[at + 1] & 0xFF;
      if ((payload[at] & 0xFF) != 0xFF || marker == 0 || isRestart(marker)) {
        at++; // entropy-coded data, or bytes between segments that decoders step over
      } else if (marker == 0xFF) {
        at++; // fill
      } else if (marker == 0xD9) {
        return;
      } else if (marker == 0xD8 || marker == 0x01) {
        at += 2;
      } else {
        if (marker == 0xDA && ++scans > MOST_SCANS) {
          throw corrupt("Cannot read JPEG: more than " + MOST_SCANS + " scans");
        }
        if (at + 3 >= payload.length) {
          break;
        }
        at += 2 + ((payload[at + 2] & 0xFF) << 8 | payload[at + 3] & 0xFF);
      }
    }
    throw cut("JPEG", "no end-of-image marker", payload);
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xD0 && marker <= 0xD7;
  }

  /** Walks the blocks to the end of the first picture. */
  private static void gif(byte[] payload) {
    int at = 13 + gifPalette(payload, 10);
    while (at < payload.length) {
      int block = payload[at++];
      if (block == 0x21) {
        at = gifBlocks(payload, at + 1);
      } else if (block == 0x2C) {
        gifBlocks(payload, at + 10 + gifPalette(payload, at + 8));
        return;
      } else {
        break;
      }
    }
    throw cut("GIF", "no whole picture", payload);
  }

  private static int gifPalette(byte[] payload, int flagsAt) {
    int flags = flagsAt < payload.length ? payload[flagsAt] : 0;
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int gifBlocks(byte[] payload, int from) {
    int at = from;
    while (at < payload.length) {
      int length = payload[at] & 0xFF;
      at += length + 1;
      if (length == 0) {
        return at;
      }
    }
    throw cut("GIF", "a block runs to byte " + at, payload);
  }

  private static Rejected cut(String format, String what, byte[] payload) {
    return corrupt(
        String.format("Cannot read %s: %s, the file has %d", format, what, payload.length));
  }

  static Rejected corrupt(String detail) {
    return new Rejected(Rejected.Reason.CORRUPT_IMAGE, detail);
  }
}
