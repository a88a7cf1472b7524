package tributary.read;

/**
 * Lossless WebP (VP8L, RFC 9649): pixels by prefix codes, by references back, and by a cache of
 * colours; then the transforms, backwards.
 */
final class Vp8l {
  private static final int SIGNATURE = 0x2F;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /** Near pixels by how near: rows up * 16 + 8 - columns left. */
  private static final int[] NEAR = {
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37, 0x39,
    0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a,
    0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
    0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e, 0x66, 0x6a, 0x22, 0x2e,
    0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f,
    0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
    0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72,
    0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
  };

  private final Vp8lBits bits;

  private Vp8l(Vp8lBits bits) {
    this.bits = bits;
  }

  /**
   * The picture of a chunk.
   *
   * @param every keeps each so manieth row and column
   * @throws Rejected CORRUPT_IMAGE
   */
  static Signal.Image read(byte[] bytes, int from, int end, int every) {
    Vp8lBits bits = new Vp8lBits(bytes, from, end);
    int signature = bits.read(8);
    int width = 1 + bits.read(14);
    int height = 1 + bits.read(14);
    boolean alpha = bits.read(1) != 0;
    int version = bits.read(3);
    if (signature != SIGNATURE || version != 0) {
      throw Webp.corrupt("its picture has signature " + signature + " and version " + version);
    }
    int[] argb = new Vp8l(bits).pixels(width, height);
    int wide = (width - 1) / every + 1;
    int high = (height - 1) / every + 1;
    int[] kept = every == 1 ? argb : new int[wide * high];
    int opaque = alpha ? 0 : 0xFF << 24;
    for (int y = 0; y < high; y++) {
      for (int x = 0; x < wide; x++) {
        kept[y * wide + x] = argb[y * every * width + x * every] | opaque;
      }
    }
    return new Signal.Image(wide, high, kept);
  }

  private int[] pixels(int width, int height) {
    Vp8lTransform[] transforms = new Vp8lTransform[4];
    int count = 0;
    int seen = 0;
    int stored = width;
    while (bits.read(1) != 0) {
      int kind = bits.read(2);
      if ((seen >> kind & 1) != 0) {
        throw Webp.corrupt("its picture has a transform twice");
      }
      seen |= 1 << kind;
      Vp8lTransform transform = transform(kind, stored, height);
      transforms[count++] = transform;
      stored = transform.storedWidth();
    }
    int[] argb = coded(stored, height, true);
    while (count > 0) {
      argb = transforms[--count].inverse(argb, height);
    }
    return argb;
  }

  private Vp8lTransform transform(int kind, int width, int height) {
    return switch (kind) {
      case Vp8lTransform.GREEN -> new Vp8lTransform(kind, width, 0, new int[0]);
      case Vp8lTransform.PALETTE -> {
        int size = 1 + bits.read(8);
        int[] palette = coded(size, 1, false);
        for (int i = 1; i < size; i++) {
          palette[i] = Vp8lTransform.sum(palette[i], palette[i - 1]);
        }
        int packed = size <= 2 ? 3 : size <= 4 ? 2 : size <= 16 ? 1 : 0;
        yield new Vp8lTransform(kind, width, packed, palette);
      }
      default -> {
        int block = 2 + bits.read(3);
        yield new Vp8lTransform(
            kind, width, block, coded(blocks(width, block), blocks(height, block), false));
      }
    };
  }

  private static int blocks(int size, int bits) {
    return size + (1 << bits) - 1 >> bits;
  }

  /** A picture of its own codes; only the picture itself may have several groups of them. */
  private int[] coded(int width, int height, boolean main) {
    int cacheBits = bits.read(1) != 0 ? bits.read(4) : 0;
    if (cacheBits > 11) {
      throw Webp.corrupt("its picture has a cache of " + cacheBits + " bits");
    }
    int[] cache = cacheBits == 0 ? new int[0] : new int[1 << cacheBits];
    int block = 0;
    int[] groupOf = new int[1];
    int groups = 1;
    if (main && bits.read(1) != 0) {
      block = 2 + bits.read(3);
      groupOf = coded(blocks(width, block), blocks(height, block), false);
      for (int i = 0; i < groupOf.length; i++) {
        groupOf[i] = groupOf[i] >> 8 & 0xFFFF;
        groups = Math.max(groups, groupOf[i] + 1);
      }
    }
    Vp8lCode[][] codes = new Vp8lCode[groups][];
    for (int i = 0; i < groups; i++) {
      codes[i] =
          new Vp8lCode[] {
            code(256 + LENGTHS + cache.length), code(256), code(256), code(256), code(DISTANCES)
          };
    }
    return decoded(width, height, codes, groupOf, block, cache);
  }

  private int[] decoded(
      int width, int height, Vp8lCode[][] codes, int[] groupOf, int block, int[] cache) {
    int[] argb = new int[width * height];
    int across = block == 0 ? 1 : blocks(width, block);
    int shift = 32 - Integer.numberOfTrailingZeros(Math.max(1, cache.length));
    int at = 0;
    while (at < argb.length) {
      int place = block == 0 ? 0 : (at / width >> block) * across + (at % width >> block);
      Vp8lCode[] code = codes[groupOf[place]];
      int symbol = code[0].read(bits);
      int from = at;
      if (symbol < 256) {
        int red = code[1].read(bits);
        int blue = code[2].read(bits);
        argb[at++] = code[3].read(bits) << 24 | red << 16 | symbol << 8 | blue;
      } else if (symbol < 256 + LENGTHS) {
        int length = number(symbol - 256);
        int distance = distance(number(code[4].read(bits)), width);
        if (distance > at || length > argb.length - at) {
          throw Webp.corrupt("its picture refers to pixels outside it");
        }
        for (int i = 0; i < length; i++, at++) {
          argb[at] = argb[at - distance];
        }
      } else {
        argb[at++] = cache[symbol - 256 - LENGTHS];
      }
      for (int i = from; i < at && cache.length > 0; i++) {
        cache[argb[i] * 0x1E35A7BD >>> shift] = argb[i];
      }
    }
    return argb;
  }

  /** A length or a distance by its prefix. */
  private int number(int prefix) {
    if (prefix < 4) {
      return prefix + 1;
    }
    int extra = prefix - 2 >> 1;
    return (2 + (prefix & 1) << extra) + bits.read(extra) + 1;
  }

  private static int distance(int code, int width) {
    if (code > NEAR.length) {
      return code - NEAR.length;
    }
    int near = NEAR[code - 1];
    return Math.max(1, (near >> 4) * width + 8 - (near & 15));
  }

  private Vp8lCode code(int symbols) {
    int[] lengths = new int[symbols];
    if (bits.read(1) != 0) {
      int count = 1 + bits.read(1);
      int first = bits.read(bits.read(1) == 0 ? 1 : 8);
      lengths[first] = 1;
      if (count == 2) {
        lengths[bits.read(8) % symbols] = 1;
      }
      return new Vp8lCode(lengths);
    }
    int[] ownLengths = new int[ORDER.length];
    int given = 4 + bits.read(4);
    for (int i = 0; i < given; i++) {
      ownLengths[ORDER[i]] = bits.read(3);
    }
    lengths(new Vp8lCode(ownLengths), lengths);
    return new Vp8lCode(lengths);
  }

  private void lengths(Vp8lCode own, int[] lengths) {
    int left = lengths.length;
    if (bits.read(1) != 0) {
      left = 2 + bits.read(2 + 2 * bits.read(3));
    }
    int before = 8;
    for (int at = 0; at < lengths.length && left > 0; left--) {
      int symbol = own.read(bits);
      if (symbol < 16) {
        lengths[at++] = symbol;
        before = symbol == 0 ? before : symbol;
        continue;
      }
      int times =
          symbol == 16 ? 3 + bits.read(2) : symbol == 17 ? 3 + bits.read(3) : 11 + bits.read(7);
      if (times > lengths.length - at) {
        throw Webp.corrupt("a prefix code of its picture has too many words");
      }
      for (int i = 0; i < times; i++) {
        lengths[at++] = symbol == 16 ? before : 0;
      }
    }
  }
}
