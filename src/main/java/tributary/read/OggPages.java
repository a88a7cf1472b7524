package tributary.read;

import java.nio.ByteBuffer;

/**
 * Walks the pages of an Ogg file (RFC 3533), which must follow each other without a gap. Tags
 * behind the last page are left alone.
 */
final class OggPages {
  private static final int CAPTURE = 0x5367674F; // "OggS"
  private static final int[] CRC = table();

  private final byte[] file;
  private final ByteBuffer in;
  private final boolean checks;

  /** Where tags begin, or the file ends. */
  private final int end;

  private int at;

  /**
   * @param checks whether checksums are compared: once for a file is enough
   */
  OggPages(byte[] file, boolean checks) {
    this.file = file;
    this.in = OggPage.view(file);
    this.checks = checks;
    this.end = Tags.end(file);
  }

  boolean hasNext() {
    return at < file.length && at != end;
  }

  OggPage next() {
    if (file.length - at < OggPage.HEADER || in.getInt(at) != CAPTURE) {
      throw SoundFiles.corrupt("Cannot read OGG: no page at byte " + at + " of " + file.length);
    }
    int body = at + OggPage.HEADER + (file[at + 26] & 0xFF);
    int next = body;
    for (int i = at + OggPage.HEADER; i < Math.min(body, file.length); i++) {
      next += file[i] & 0xFF;
    }
    if (next > file.length) {
      throw SoundFiles.corrupt(
          "Cannot read OGG: the page at byte "
              + at
              + " ends at "
              + next
              + ", the file has "
              + file.length);
    }
    if (checks) {
      check(next);
    }
    OggPage page = new OggPage(in, at, body, next - body);
    at = next;
    return page;
  }

  private void check(int next) {
    int stored = in.getInt(at + 22);
    int computed = checksum(next);
    if (computed != stored) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read OGG: the page at byte %d has checksum %08x and says %08x",
              at, computed, stored));
    }
  }

  private int checksum(int next) {
    int crc = 0;
    for (int i = at; i < next; i++) {
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
