package tributary.read;

import com.jcraft.jogg.Page;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Walks the pages of an Ogg file (RFC 3533), which must follow each other without a gap. */
final class OggPages {
  private static final int HEADER = 27;
  private static final int CAPTURE = 0x5367674F; // "OggS"
  private static final int[] CRC = table();

  private final byte[] file;
  private final ByteBuffer in;
  private final boolean checks;
  private int at;

  /**
   * @param checks whether checksums are compared: once for a file is enough
   */
  OggPages(byte[] file, boolean checks) {
    this.file = file;
    this.in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    this.checks = checks;
  }

  boolean hasNext() {
    return at < file.length;
  }

  /** The next page, a view of the file. */
  Page next() {
    if (file.length - at < HEADER || in.getInt(at) != CAPTURE) {
      throw SoundFiles.corrupt("Cannot read OGG: no page at byte " + at + " of " + file.length);
    }
    Page page = new Page();
    page.header_base = file;
    page.header = at;
    int segments = file[at + 26] & 0xFF;
    page.header_len = HEADER + segments;
    page.body_base = file;
    page.body = at + page.header_len;
    for (int i = at + HEADER; i < Math.min(page.body, file.length); i++) {
      page.body_len += file[i] & 0xFF;
    }
    int end = page.body + page.body_len;
    if (end > file.length) {
      throw SoundFiles.corrupt(
          "Cannot read OGG: the page at byte "
              + at
              + " ends at "
              + end
              + ", the file has "
              + file.length);
    }
    if (checks) {
      check(end);
    }
    at = end;
    return page;
  }

  private void check(int end) {
    int stored = in.getInt(at + 22);
    int computed = checksum(end);
    if (computed != stored) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read OGG: the page at byte %d has checksum %08x and says %08x",
              at, computed, stored));
    }
  }

  private int checksum(int end) {
    int crc = 0;
    for (int i = at; i < end; i++) {
      int value = i >= at + 22 && i < at + 26 ? 0 : file[i] & 0xFF;
      crc = crc << 8 ^ CRC[crc >>> 24 ^ value];
    }
    return crc;
  }

  private static int[] table() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int crc = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc << 1 ^ (crc < 0 ? 0x04C11DB7 : 0);
      }
      table[i] = crc;
    }
    return table;
  }
}
