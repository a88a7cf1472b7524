package tributary.codec.child;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import tributary.codec.Wire;

/**
 * What the library passes over in JPEG 2000 (ISO/IEC 15444-1), a file of boxes or a code stream
 * alone: its size before it is decoded, whether it is whole, its ICC profile.
 *
 * @param profile empty where it has none
 */
@SuppressWarnings("ArrayRecordComponent")
record Jp2(int width, int height, byte[] profile) {
  private static final int START = 0xFF4F;
  private static final int SIZE = 0xFF51;
  private static final int END = 0xFFD9;
  private static final int ENUMERATED = 1;
  private static final int CMYK = 12;

  /** sRGB, grey, sYCC. */
  private static final Set<Integer> COLOURS = Set.of(16, 17, 18);

  private static final int RESTRICTED = 2;
  private static final int ANY = 3;

  /**
   * Reads it.
   *
   * @throws Fault where there is no whole code stream
   */
  static Jp2 of(ByteBuffer file) throws Fault {
    try {
      if ((file.getShort(0) & 0xFFFF) == START) {
        return ofStream(file, new byte[0]);
      }
      byte[] profile = {};
      for (Box box : Box.all(file.duplicate())) {
        if (box.type().equals("jp2h")) {
          List<Box> header = Box.all(box.body());
          refuseOtherColours(header);
          profile = profile(header);
        } else if (box.type().equals("jp2c")) {
          return ofStream(box.body(), profile);
        }
      }
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new Fault(Wire.CORRUPT, "it is cut short or damaged");
    }
    throw Fault.corrupt("there is no code stream in it");
  }

  private static Jp2 ofStream(ByteBuffer stream, byte[] profile) throws Fault {
    if ((stream.getShort(0) & 0xFFFF) != START || (stream.getShort(2) & 0xFFFF) != SIZE) {
      throw Fault.corrupt("its code stream doesn't begin with its size");
    }
    int end = stream.limit();
    while (end > 2 && stream.get(end - 1) == 0) {
      end--; // Filled up with zeros.
    }
    if ((stream.getShort(end - 2) & 0xFFFF) != END) {
      throw Fault.corrupt("it is cut short: its code stream has no end");
    }
    long width = (stream.getInt(8) & 0xFFFFFFFFL) - (stream.getInt(16) & 0xFFFFFFFFL);
    long height = (stream.getInt(12) & 0xFFFFFFFFL) - (stream.getInt(20) & 0xFFFFFFFFL);
    if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
      throw Fault.corrupt("it claims " + width + " x " + height + " pixels");
    }
    return new Jp2((int) width, (int) height, profile);
  }

  /** The library takes four components for red, green, blue and alpha, whatever they are. */
  private static void refuseOtherColours(List<Box> header) throws Fault {
    for (Box box : header) {
      ByteBuffer body = box.body().duplicate();
      if (box.type().equals("colr") && body.remaining() >= 7 && body.get(0) == ENUMERATED) {
        int space = body.getInt(3);
        if (!COLOURS.contains(space)) {
          throw Fault.corrupt(
              "its colours are of the space "
                  + space
                  + (space == CMYK ? ", CMYK" : "")
                  + ", which is not read");
        }
      }
    }
  }

  private static byte[] profile(List<Box> header) {
    for (Box box : header) {
      ByteBuffer body = box.body().duplicate();
      if (box.type().equals("colr") && body.remaining() > 3) {
        int method = body.get();
        body.getShort();
        if ((method == RESTRICTED || method == ANY) && body.remaining() <= SideData.MOST_PROFILE) {
          byte[] profile = new byte[body.remaining()];
          body.get(profile);
          return profile;
        }
      }
    }
    return new byte[0];
  }
}
