package tributary.codec.child;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/** The ICC profile of a JPEG 2000 file (ISO/IEC 15444-1, colr), which the library passes over. */
final class Jp2Profile {
  private static final int RESTRICTED = 2;
  private static final int ANY = 3;

  private Jp2Profile() {}

  /** Of a file; empty where it has none, as a code stream without boxes. */
  static byte[] of(ByteBuffer file) {
    try {
      for (Box box : Box.all(file)) {
        if (box.type().equals("jp2h")) {
          return ofHeader(box.body());
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException cutShort) {
      // The decoder says so.
    }
    return new byte[0];
  }

  private static byte[] ofHeader(ByteBuffer header) {
    for (Box box : Box.all(header)) {
      ByteBuffer body = box.body();
      if (box.type().equals("colr") && body.remaining() > 3) {
        int method = body.get();
        body.getShort();
        if (method == RESTRICTED || method == ANY) {
          byte[] profile = new byte[body.remaining()];
          body.get(profile);
          return profile;
        }
      }
    }
    return new byte[0];
  }
}
