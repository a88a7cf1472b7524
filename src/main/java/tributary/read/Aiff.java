package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import tributary.read.Chunks.Chunk;
import tributary.read.RawPcm.Coding;

/**
 * AIFF and AIFC. A sample has as many bytes as its bits need, and is at the upper end of them. How
 * many frames there are is said twice: in COMM, and by the size of SSND. Where one of them was
 * never put, the other counts; where neither was, the samples go on to the end.
 */
final class Aiff {
  private static final int SSND_HEAD = 8;

  private Aiff() {}

  static Signal.Audio audio(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.BIG_ENDIAN);
    boolean compressed = file[11] == 'C';
    Chunks chunks = new Chunks("AIFF", in, 12);
    ByteBuffer common = chunks.whole("COMM", compressed ? 22 : 18);
    int channels = common.getShort(0) & 0xFFFF;
    long frames = common.getInt(2) & 0xFFFFFFFFL;
    int bits = common.getShort(6) & 0xFFFF;
    String type = compressed ? Chunks.name(common, 18) : "NONE";
    long rate = extended(common.getShort(8), common.getLong(10));
    SoundFiles.check("AIFF", channels, rate);
    Coding coding = coding(type, bits);
    if (coding == null) {
      String held = Codecs.aifc(type, bits);
      throw type.equals("ima4") ? Codecs.unread("AIFF", held) : Codecs.refused("AIFF", held);
    }
    ByteBuffer samples =
        frames == 0 && !chunks.has("SSND")
            ? ByteBuffer.allocate(0)
            : samples(file, chunks, frames, channels * coding.bytes);
    boolean little = type.equals("sowt") || type.equals("42n1") || type.equals("23ni");
    return SoundFiles.audio(
        "AIFF",
        samples,
        little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
        rate,
        channels,
        coding);
  }

  /** Null for what isn't read. */
  private static @Nullable Coding coding(String type, int bits) {
    return switch (type) {
      case "NONE", "twos", "sowt" -> Coding.signed((bits + 7) / 8 * 8);
      case "in24", "42n1" -> Coding.SIGNED_24;
      case "in32", "23ni" -> Coding.SIGNED_32;
      case "raw " -> Coding.UNSIGNED_8;
      case "fl32", "FL32" -> Coding.FLOAT_32;
      case "fl64", "FL64" -> Coding.FLOAT_64;
      case "ulaw", "ULAW" -> Coding.MU_LAW;
      case "alaw", "ALAW" -> Coding.A_LAW;
      default -> null;
    };
  }

  private static ByteBuffer samples(byte[] file, Chunks chunks, long frames, int frame) {
    Chunk data = chunks.find("SSND");
    long body = data.at() + (long) SSND_HEAD;
    long offset = body > file.length ? 0 : ByteBuffer.wrap(file).getInt(data.at()) & 0xFFFFFFFFL;
    long from = body + offset;
    long end = data.at() + data.claimed();
    boolean never = end <= from && from <= file.length && !chunks.reach((int) from, Tags.end(file));
    if (from > file.length
        || end > file.length && !SoundFiles.isUntold(data.claimed())
        || end < from && !never) {
      throw chunks.cut("SSND", data, SSND_HEAD);
    }
    boolean untold = never || end > file.length;
    ByteBuffer all =
        untold
            ? SoundFiles.toTheEnd(file, (int) from, frame)
            : ByteBuffer.wrap(file).slice((int) from, (int) (end - from));
    if (frames == 0 || SoundFiles.isUntold(frames * frame)) {
      return all.slice(0, all.capacity() - all.capacity() % frame);
    }
    if (frames * frame > all.capacity()) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read AIFF: %d frames of %d bytes need %d bytes, there are %d",
              frames, frame, frames * frame, all.capacity()));
    }
    return all.slice(0, (int) (frames * frame));
  }

  /** IEEE 754 extended precision, as AIFF writes its rate; 0 where it is below 1 or huge. */
  private static long extended(short signAndExponent, long mantissa) {
    int shift = 16383 + 63 - signAndExponent;
    return signAndExponent < 0 || shift < 32 || shift > 63 ? 0 : mantissa >>> shift;
  }
}
