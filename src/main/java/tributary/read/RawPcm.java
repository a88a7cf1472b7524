package tributary.read;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Samples that lie in a file as plain numbers.
 *
 * @param bytes the samples' part of the file, in its byte order
 */
record RawPcm(ByteBuffer bytes, int channels, Coding coding) implements Signal.PcmSource {
  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  /** How a sample is written. Whole numbers of b bits are divided by 2^(b-1). */
  enum Coding {
    UNSIGNED_8(1),
    SIGNED_8(1),
    SIGNED_16(2),
    SIGNED_24(3),
    SIGNED_32(4),
    FLOAT_32(4),
    FLOAT_64(8),
    MU_LAW(1),
    A_LAW(1);

    final int bytes;

    Coding(int bytes) {
      this.bytes = bytes;
    }

    /** The whole-number coding of so many bits, null if there is none. */
    static @Nullable Coding signed(int bits) {
      return switch (bits) {
        case 8 -> SIGNED_8;
        case 16 -> SIGNED_16;
        case 24 -> SIGNED_24;
        case 32 -> SIGNED_32;
        default -> null;
      };
    }
  }

  @Override
  public Signal.PcmStream open() {
    return new Stream(bytes.duplicate().order(bytes.order()));
  }

  private final class Stream implements Signal.PcmStream {
    private final ByteBuffer in;
    private long sample;

    Stream(ByteBuffer in) {
      this.in = in;
    }

    @Override
    public int read(float[] interleaved, int frames) {
      int left = in.remaining() / (channels * coding.bytes);
      if (left == 0) {
        return -1;
      }
      int count = Math.min(frames, left);
      if (coding == Coding.SIGNED_16) {
        signed16(interleaved, count * channels);
      } else {
        for (int i = 0; i < count * channels; i++) {
          interleaved[i] = next();
          sample++;
        }
      }
      return count;
    }

    /** The commonest coding, without a look at the coding and the buffer for each sample. */
    private void signed16(float[] interleaved, int samples) {
      byte[] data = in.array();
      int from = in.arrayOffset() + in.position();
      if (in.order() == ByteOrder.LITTLE_ENDIAN) {
        for (int i = 0; i < samples; i++) {
          interleaved[i] = (short) LITTLE.get(data, from + 2 * i) * (1 / 32768f);
        }
      } else {
        for (int i = 0; i < samples; i++) {
          interleaved[i] = (short) BIG.get(data, from + 2 * i) * (1 / 32768f);
        }
      }
      in.position(in.position() + samples * Short.BYTES);
    }

    private float next() {
      return switch (coding) {
        case UNSIGNED_8 -> ((in.get() & 0xFF) - 128) / 128f;
        case SIGNED_8 -> in.get() / 128f;
        case SIGNED_16 -> in.getShort() / 32768f;
        case SIGNED_24 -> signed24() / 8388608f;
        case SIGNED_32 -> in.getInt() / 2147483648f;
        case FLOAT_32 -> finite(in.getFloat());
        case FLOAT_64 -> finite((float) in.getDouble());
        case MU_LAW -> muLaw(in.get()) / 32768f;
        case A_LAW -> aLaw(in.get()) / 32768f;
      };
    }

    private int signed24() {
      int first = in.get() & 0xFF;
      int second = in.get() & 0xFF;
      int third = in.get() & 0xFF;
      return in.order() == ByteOrder.LITTLE_ENDIAN
          ? (third << 24 | second << 16 | first << 8) >> 8
          : (first << 24 | second << 16 | third << 8) >> 8;
    }

    private float finite(float value) {
      if (!Float.isFinite(value)) {
        throw new Rejected(
            Rejected.Reason.NOT_FINITE, "Cannot read audio: sample " + sample + " is " + value);
      }
      return value;
    }

    @Override
    public void close() {}
  }

  /** ITU-T G.711, table 2a. */
  private static int muLaw(byte code) {
    int bits = ~code & 0xFF;
    int magnitude = (((bits & 0xF) << 3) + 0x84 << (bits >> 4 & 7)) - 0x84;
    return (bits & 0x80) == 0 ? magnitude : -magnitude;
  }

  /** ITU-T G.711, table 1a. */
  private static int aLaw(byte code) {
    int bits = (code ^ 0x55) & 0xFF;
    int exponent = bits >> 4 & 7;
    int magnitude = (bits & 0xF) << 4 | 8;
    if (exponent > 0) {
      magnitude = magnitude + 0x100 << exponent - 1;
    }
    return (bits & 0x80) == 0 ? -magnitude : magnitude;
  }
}
