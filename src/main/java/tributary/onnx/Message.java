package tributary.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A protobuf message to be written: fields in the order they were added (Protocol Buffers encoding,
 * proto3). Arrays are referred to, not copied, until they are written.
 */
public final class Message {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int CHUNK = 1 << 14;

  /** A field: its tag, and what follows. */
  private interface Field {
    long size();

    void write(OutputStream out) throws IOException;
  }

  private final List<Field> fields = new ArrayList<>();

  Message number(int field, long value) {
    byte[] bytes = join(tag(field, VARINT), varint(value));
    return add(bytes);
  }

  Message number(int field, float value) {
    byte[] bits = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
    return add(join(tag(field, FIXED32), bits));
  }

  Message text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  Message bytes(int field, byte[] value) {
    return add(join(join(tag(field, BYTES), varint(value.length)), value));
  }

  /** The values as little-endian bytes. */
  Message floats(int field, float[] values) {
    long length = 4L * values.length;
    byte[] head = join(tag(field, BYTES), varint(length));
    fields.add(
        new Field() {
          @Override
          public long size() {
            return head.length + length;
          }

          @Override
          public void write(OutputStream out) throws IOException {
            out.write(head);
            ByteBuffer buffer = ByteBuffer.allocate(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < values.length; at += CHUNK) {
              int n = Math.min(CHUNK, values.length - at);
              buffer.asFloatBuffer().put(values, at, n);
              out.write(buffer.array(), 0, 4 * n);
            }
          }
        });
    return this;
  }

  Message message(int field, Message value) {
    fields.add(
        new Field() {
          private byte[] head() {
            return join(tag(field, BYTES), varint(value.size()));
          }

          @Override
          public long size() {
            return head().length + value.size();
          }

          @Override
          public void write(OutputStream out) throws IOException {
            out.write(head());
            value.write(out);
          }
        });
    return this;
  }

  /** Bytes of the whole message. */
  long size() {
    return fields.stream().mapToLong(Field::size).sum();
  }

  void write(OutputStream out) throws IOException {
    for (Field field : fields) {
      field.write(out);
    }
  }

  private Message add(byte[] bytes) {
    fields.add(
        new Field() {
          @Override
          public long size() {
            return bytes.length;
          }

          @Override
          public void write(OutputStream out) throws IOException {
            out.write(bytes);
          }
        });
    return this;
  }

  private static byte[] tag(int field, int type) {
    return varint((long) field << 3 | type);
  }

  /** Seven bits a byte, lowest first, the top bit where more follow. */
  private static byte[] varint(long value) {
    byte[] bytes = new byte[10];
    int n = 0;
    while ((value & ~0x7fL) != 0) {
      bytes[n++] = (byte) (value & 0x7f | 0x80);
      value >>>= 7;
    }
    bytes[n++] = (byte) value;
    return Arrays.copyOf(bytes, n);
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }
}
