package tributary.spark.learn;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import tributary.base.Envelope;
import tributary.spark.learn.Message.Header;
import tributary.spark.learn.Message.Kind;

/**
 * The one class that knows the bytes of a message between JVMs. Little-endian, in an {@link
 * Envelope}:
 *
 * <pre>
 * TRBX | version u8 | run 2 x i64 | attempt i32 | kind u8 | from i32 | to i32 | step i64 | round i64
 *      | at i32 | length i32 | floats f32 x length, doubles f64 x length, or UTF-8 | CRC-32C
 * </pre>
 *
 * <p>Of one attempt of one run: others' bytes are refused. Immutable, for all threads.
 */
final class Frames {
  private static final int FIXED = 5 + 16 + 4 + 1 + 8 + 16 + 8;
  private static final Envelope ENVELOPE = new Envelope("exchange", "TRBX", 1, FIXED);
  private static final Kind[] KINDS = Kind.values();

  private final UUID run;
  private final int attempt;

  /**
   * @param run drawn by the driver for each run, known to its tasks alone
   * @param attempt of the stage
   */
  Frames(UUID run, int attempt) {
    this.run = run;
    this.attempt = attempt;
  }

  ByteBuffer bytes(Message m) {
    byte[] text = m.text().getBytes(StandardCharsets.UTF_8);
    Header h = m.header();
    boolean doubles = h.kind() == Kind.LOSSES;
    long rest = text.length + (doubles ? 8L : 4L) * h.length();
    ByteBuffer b = ENVELOPE.write(rest);
    b.putLong(run.getMostSignificantBits()).putLong(run.getLeastSignificantBits()).putInt(attempt);
    b.put((byte) h.kind().ordinal()).putInt(h.from()).putInt(h.to());
    b.putLong(h.step()).putLong(h.round()).putInt(h.at()).putInt(h.length());
    if (doubles) {
      b.asDoubleBuffer().put(m.doubles(), 0, h.length());
    } else if (text.length > 0) {
      b.put(text);
    } else {
      b.asFloatBuffer().put(m.floats(), m.offset(), h.length());
    }
    return ByteBuffer.wrap(ENVELOPE.seal(b));
  }

  /**
   * @throws IllegalStateException for bytes that are no message of this attempt, with both sides
   */
  Message read(byte[] bytes) {
    ByteBuffer b = ENVELOPE.read(bytes);
    expect("run", run, new UUID(b.getLong(), b.getLong()));
    expect("attempt", attempt, b.getInt());
    int kind = b.get();
    if (kind < 0 || kind >= KINDS.length) {
      throw refused("kind", kind, "0 to " + (KINDS.length - 1));
    }
    Header h =
        new Header(
            KINDS[kind], b.getInt(), b.getInt(), b.getLong(), b.getLong(), b.getInt(), b.getInt());
    if (h.length() < 0) {
      throw refused("length", h.length(), "at least 0");
    }
    int rest = bytes.length - FIXED - Integer.BYTES;
    switch (h.kind()) {
      case ABORT, STOP -> {
        expect("length", 0, h.length());
        String said = new String(bytes, FIXED, rest, StandardCharsets.UTF_8);
        return new Message(h, new float[0], 0, new double[0], said);
      }
      case LOSSES -> {
        ENVELOPE.expectLength(8L * h.length(), b);
        double[] doubles = new double[h.length()];
        b.asDoubleBuffer().get(doubles);
        return Message.doubles(h, doubles);
      }
      default -> {
        ENVELOPE.expectLength(4L * h.length(), b);
        float[] floats = new float[h.length()];
        b.asFloatBuffer().get(floats);
        return Message.floats(h, floats, 0);
      }
    }
  }

  private static void expect(String field, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw refused(field, found, expected);
    }
  }

  private static IllegalStateException refused(String field, Object found, Object expected) {
    return new IllegalStateException(
        "Cannot read exchange: " + field + " " + found + " (expected " + expected + ")");
  }
}
