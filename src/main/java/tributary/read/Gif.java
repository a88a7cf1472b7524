package tributary.read;

/**
 * Where the first picture of a GIF is on its screen; the screen is as large as it must be, where
 * the picture is larger. Whether the picture goes on to its end: the decoder fills what is missing
 * and says nothing.
 */
record Gif(int left, int top, int width, int height) {
  private static final int EXTENSION = 0x21;
  private static final int PICTURE = 0x2C;
  private static final int TRAILER = 0x3B;

  /**
   * Walks the blocks to the end of the first picture.
   *
   * @throws Rejected CORRUPT_IMAGE where the file is cut
   */
  static Gif walk(byte[] payload) {
    int at = 13 + palette(payload, 10);
    while (at < payload.length) {
      int block = payload[at++];
      if (block == EXTENSION) {
        at = blocks(payload, at + 1);
      } else if (block == PICTURE) {
        var end = blocks(payload, at + 10 + palette(payload, at + 8));
        int left = little(payload, at);
        int top = little(payload, at + 2);
        int right = left + little(payload, at + 4);
        int bottom = top + little(payload, at + 6);
        int width = Math.max(little(payload, 6), right);
        return new Gif(left, top, width, Math.max(little(payload, 8), bottom));
      } else {
        break;
      }
    }
    throw Completeness.cut("GIF", "no whole picture", payload);
  }

  /**
   * Walks all blocks to the trailer.
   *
   * @throws Rejected CORRUPT_VIDEO where the file is cut
   */
  static void walkAll(byte[] payload) {
    int at = 13 + palette(payload, 10);
    try {
      while (at < payload.length && payload[at] != TRAILER) {
        at =
            payload[at] == PICTURE
                ? blocks(payload, at + 11 + palette(payload, at + 9))
                : blocks(payload, at + 2);
      }
    } catch (Rejected cut) {
      at = payload.length;
    }
    if (at >= payload.length) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_VIDEO, "Cannot read GIF: it is cut short, no trailer ends it");
    }
  }

  private static int palette(byte[] payload, int flagsAt) {
    int flags = flagsAt < payload.length ? payload[flagsAt] : 0;
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int blocks(byte[] payload, int from) {
    int at = from;
    while (at < payload.length) {
      int length = payload[at] & 0xFF;
      at += length + 1;
      if (length == 0) {
        return at;
      }
    }
    throw Completeness.cut("GIF", "a block runs to byte " + at, payload);
  }

  private static int little(byte[] payload, int at) {
    return payload[at] & 0xFF | (payload[at + 1] & 0xFF) << 8;
  }
}
