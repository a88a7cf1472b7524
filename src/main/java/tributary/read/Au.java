package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import tributary.read.RawPcm.Coding;

/** AU, and its little-endian form of DEC. Its size may be left out: "until the end". */
final class Au {
  private static final int HEAD = 24;

  private Au() {}

  static Signal.Audio audio(byte[] file) {
    if (file.length < HEAD) {
      throw SoundFiles.corrupt("Cannot read AU: a header of 24 bytes, the file has " + file.length);
    }
    ByteOrder order = file[0] == 'd' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer in = ByteBuffer.wrap(file).order(order);
    long from = in.getInt(4) & 0xFFFFFFFFL;
    long claimed = in.getInt(8) & 0xFFFFFFFFL;
    boolean fits = from + claimed <= file.length;
    boolean untold = claimed == 0 || !fits && SoundFiles.isUntold(claimed);
    if (from < HEAD || from > file.length || !fits && !untold) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read AU: samples at bytes %d to %d, the file has %d",
              from, from + claimed, file.length));
    }
    long rate = in.getInt(16) & 0xFFFFFFFFL;
    long channels = in.getInt(20) & 0xFFFFFFFFL;
    SoundFiles.check("AU", channels, rate);
    Coding coding = coding(in.getInt(12));
    if (coding == null) {
      throw Codecs.refused("AU", Codecs.au(in.getInt(12)));
    }
    ByteBuffer samples =
        untold
            ? SoundFiles.toTheEnd(file, (int) from, (int) channels * coding.bytes)
            : in.slice((int) from, (int) claimed);
    return SoundFiles.audio("AU", samples, order, rate, (int) channels, coding);
  }

  /** Null for what isn't read. */
  private static @Nullable Coding coding(int encoding) {
    return switch (encoding) {
      case 1 -> Coding.MU_LAW;
      case 2 -> Coding.SIGNED_8;
      case 3 -> Coding.SIGNED_16;
      case 4 -> Coding.SIGNED_24;
      case 5 -> Coding.SIGNED_32;
      case 6 -> Coding.FLOAT_32;
      case 7 -> Coding.FLOAT_64;
      case 27 -> Coding.A_LAW;
      default -> null;
    };
  }
}
