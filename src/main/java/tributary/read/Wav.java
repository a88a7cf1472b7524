package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import tributary.read.Chunks.Chunk;
import tributary.read.RawPcm.Coding;

/**
 * WAV: RIFF, its big-endian form RIFX, and RF64 or BW64, whose sizes are 64 bits wide (EBU Tech
 * 3306, ITU-R BS.2088). Whole numbers are at the upper end of their bytes, which may be more than
 * their bits need: 20 bits in 3 bytes are read as 24.
 */
final class Wav {
  private static final int EXTENSIBLE = 0xFFFE;
  private static final long IN_DS64 = 0xFFFFFFFFL;

  private Wav() {}

  static Signal.Audio audio(byte[] file) {
    ByteOrder order = file[3] == 'X' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer in = ByteBuffer.wrap(file).order(order);
    Chunks chunks = new Chunks("WAV", in, 12);
    ByteBuffer format = chunks.whole("fmt ", 16);
    int tag = format.getShort(0) & 0xFFFF;
    int channels = format.getShort(2) & 0xFFFF;
    long rate = format.getInt(4) & 0xFFFFFFFFL;
    int align = format.getShort(12) & 0xFFFF;
    int bits = format.getShort(14) & 0xFFFF;
    if (tag == EXTENSIBLE && format.remaining() >= 26) {
      tag = format.getShort(24) & 0xFFFF; // the sub-format begins so
    }
    SoundFiles.check("WAV", channels, rate);
    Coding coding = coding(tag, channels, align, bits);
    if (coding == null) {
      String held = Codecs.wav(tag, bits);
      throw Codecs.isElsewhere(tag) ? Codecs.unread("WAV", held) : Codecs.refused("WAV", held);
    }
    ByteBuffer samples = samples(file, chunks, channels * coding.bytes);
    return SoundFiles.audio("WAV", samples, order, rate, channels, coding);
  }

  /** Null for what isn't read. */
  private static @Nullable Coding coding(int tag, int channels, int align, int bits) {
    boolean known = tag == 1 || tag == 3 || tag == 6 || tag == 7;
    int least = (bits + 7) / 8;
    int bytes = align == 0 ? least : align / channels; // some leave the block at 0
    if (!known || bits == 0) {
      return null;
    }
    if (align % channels != 0 || bytes < least || bytes > Math.max(least, Integer.BYTES)) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read WAV: a block of %d bytes for %d channels of %d bits",
              align, channels, bits));
    }
    return switch (tag) {
      case 1 -> bytes == 1 ? Coding.UNSIGNED_8 : Coding.signed(8 * bytes);
      case 3 -> bits == 64 ? Coding.FLOAT_64 : bits == 32 ? Coding.FLOAT_32 : null;
      case 6 -> bytes == 1 ? Coding.A_LAW : null;
      default -> bytes == 1 ? Coding.MU_LAW : null;
    };
  }

  private static ByteBuffer samples(byte[] file, Chunks chunks, int frame) {
    Chunk data = chunks.find("data");
    boolean wide = file[1] == 'F' || file[0] == 'B';
    long claimed =
        wide && data.claimed() == IN_DS64 ? chunks.whole("ds64", 24).getLong(8) : data.claimed();
    int rest = file.length - data.at();
    boolean fits = claimed >= 0 && claimed <= rest;
    boolean never = claimed == 0 && !chunks.reach(data.at(), Tags.end(file)); // put
    if (never || !fits && SoundFiles.isUntold(claimed)) {
      return SoundFiles.toTheEnd(file, data.at(), frame);
    }
    if (!fits) {
      throw chunks.cut("data", new Chunk(data.at(), claimed), 0);
    }
    return ByteBuffer.wrap(file).slice(data.at(), (int) claimed);
  }
}
