package tributary.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The chunks of RIFF and of IFF: a name of four characters, a size, so many bytes and one more
 * where they are odd in number.
 */
final class Chunks {
  private static final int HEAD = 8;

  private final String format;
  private final ByteBuffer in;
  private final int from;

  /** A chunk: where its bytes begin, and how many it claims. */
  record Chunk(int at, long claimed) {}

  /**
   * @param format for messages
   * @param in the whole file in its byte order
   * @param from where the first chunk begins
   */
  Chunks(String format, ByteBuffer in, int from) {
    this.format = format;
    this.in = in;
    this.from = from;
  }

  boolean has(String name) {
    for (long at = from; at + HEAD <= in.capacity(); at = next(at)) {
      if (name(in, (int) at).equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** Where the chunk behind begins. */
  private long next(long at) {
    long claimed = size((int) at);
    return at + HEAD + claimed + (claimed & 1);
  }

  /**
   * The first chunk of that name.
   *
   * @throws Rejected CORRUPT_AUDIO where there is none
   */
  Chunk find(String name) {
    String odd = "";
    for (long at = from; at + HEAD <= in.capacity(); at = next(at)) {
      String found = name(in, (int) at);
      long claimed = size((int) at);
      if (found.equals(name)) {
        return new Chunk((int) at + HEAD, claimed);
      }
      if (odd.isEmpty() && (claimed & 1) == 1 && isUnpadded(at + HEAD + claimed)) {
        odd = ": the " + found + " chunk at byte " + at + " is odd and has no padding byte";
      }
    }
    throw SoundFiles.corrupt(
        String.format(
            "Cannot read %s: no %s chunk in %d bytes%s", format, name.strip(), in.capacity(), odd));
  }

  /** Whether a name is where a padding byte should be, and none behind it. */
  private boolean isUnpadded(long at) {
    return at + HEAD < in.capacity() && isName((int) at) && !isName((int) at + 1);
  }

  /**
   * The bytes of a chunk that must be there whole.
   *
   * @throws Rejected CORRUPT_AUDIO where it claims fewer than least, or more than there are
   */
  ByteBuffer whole(String name, int least) {
    Chunk chunk = find(name);
    if (chunk.at() + chunk.claimed() > in.capacity() || chunk.claimed() < least) {
      throw cut(name, chunk, least);
    }
    return in.slice(chunk.at(), (int) chunk.claimed()).order(in.order());
  }

  Rejected cut(String name, Chunk chunk, int least) {
    return SoundFiles.corrupt(
        String.format(
            "Cannot read %s: the %s chunk at byte %d has %d bytes (at least %d), the file has %d",
            format, name.strip(), chunk.at() - HEAD, chunk.claimed(), least, in.capacity()));
  }

  /** Whether chunks follow each other from there to the end; an end at once is none. */
  boolean reach(int at, int end) {
    long next = at;
    while (next + HEAD <= end && isName((int) next)) {
      long claimed = size((int) next);
      next += HEAD + claimed;
      if (next < end) {
        next += claimed & 1;
      }
    }
    return next > at && next == end;
  }

  private long size(int at) {
    return in.getInt(at + 4) & 0xFFFFFFFFL;
  }

  private boolean isName(int at) {
    for (int i = at; i < at + 4; i++) {
      if (in.get(i) < ' ' || in.get(i) > '~') {
        return false;
      }
    }
    return true;
  }

  static String name(ByteBuffer in, int at) {
    byte[] name = new byte[4];
    in.get(at, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
