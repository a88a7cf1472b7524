package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.read.RawPcm.Coding;

/**
 * The headers of WAV (RIFF), AIFF and AIFC (IFF) and AU, which say where plain samples lie. Read
 * here and not by javax.sound, which believes what a header says, knows no floating AIFC and names
 * no numbers when it fails.
 */
final class SoundFiles {
  private static final int NO_SIZE = -1; // AU: "until the end"

  private SoundFiles() {}

  static Signal.Audio wav(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer format = chunk("WAV", in, "fmt ", 16);
    int tag = format.getShort(0) & 0xFFFF;
    int channels = format.getShort(2) & 0xFFFF;
    long rate = format.getInt(4) & 0xFFFFFFFFL;
    int align = format.getShort(12) & 0xFFFF;
    int bits = format.getShort(14) & 0xFFFF;
    if (tag == 0xFFFE && format.remaining() >= 26) {
      tag = format.getShort(24) & 0xFFFF; // WAVE_FORMAT_EXTENSIBLE: the sub-format begins so
    }
    Coding coding =
        switch (tag) {
          case 1 -> bits == 8 ? Coding.UNSIGNED_8 : Coding.signed(bits);
          case 3 -> bits == 64 ? Coding.FLOAT_64 : bits == 32 ? Coding.FLOAT_32 : null;
          case 6 -> bits == 8 ? Coding.A_LAW : null;
          case 7 -> bits == 8 ? Coding.MU_LAW : null;
          default -> null;
        };
    if (coding != null && align != channels * coding.bytes) {
      throw corrupt(
          String.format(
              "Cannot read WAV: a block of %d bytes for %d channels of %d bits",
              align, channels, bits));
    }
    return audio("WAV", chunk("WAV", in, "data", 0), rate, channels, coding, tag + ", " + bits);
  }

  static Signal.Audio aiff(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.BIG_ENDIAN);
    boolean compressed = payload[11] == 'C';
    ByteBuffer common = chunk("AIFF", in, "COMM", compressed ? 22 : 18);
    int channels = common.getShort(0) & 0xFFFF;
    long frames = common.getInt(2) & 0xFFFFFFFFL;
    int bits = common.getShort(6) & 0xFFFF;
    String type = compressed ? name(common, 18) : "NONE";
    Coding coding =
        switch (type) {
          case "NONE", "twos", "sowt", "in24", "in32" -> Coding.signed((bits + 7) / 8 * 8);
          case "raw " -> Coding.UNSIGNED_8;
          case "fl32", "FL32" -> Coding.FLOAT_32;
          case "fl64", "FL64" -> Coding.FLOAT_64;
          case "ulaw", "ULAW" -> Coding.MU_LAW;
          case "alaw", "ALAW" -> Coding.A_LAW;
          default -> null;
        };
    long rate = extended(common.getShort(8), common.getLong(10));
    ByteBuffer samples = ByteBuffer.allocate(0);
    if (frames > 0) {
      ByteBuffer data = chunk("AIFF", in, "SSND", 8);
      long skipped = 8 + (data.getInt(0) & 0xFFFFFFFFL);
      int frame = channels * (coding == null ? 1 : coding.bytes);
      if (skipped + frames * frame > data.remaining()) {
        throw corrupt(
            String.format(
                "Cannot read AIFF: %d frames of %d bytes need %d bytes, there are %d",
                frames, frame, skipped + frames * frame, data.remaining()));
      }
      samples = data.slice((int) skipped, (int) (frames * frame));
    }
    samples.order(type.equals("sowt") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return audio("AIFF", samples, rate, channels, coding, type + ", " + bits);
  }

  static Signal.Audio au(byte[] payload) {
    if (payload.length < 24) {
      throw corrupt("Cannot read AU: a header of 24 bytes, the file has " + payload.length);
    }
    ByteBuffer in = ByteBuffer.wrap(payload).order(ByteOrder.BIG_ENDIAN);
    long from = in.getInt(4) & 0xFFFFFFFFL;
    long length = in.getInt(8) == NO_SIZE ? payload.length - from : in.getInt(8) & 0xFFFFFFFFL;
    if (from < 24 || length < 0 || from + length > payload.length) {
      throw corrupt(
          String.format(
              "Cannot read AU: samples at bytes %d to %d, the file has %d",
              from, from + length, payload.length));
    }
    Coding coding =
        switch (in.getInt(12)) {
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
    ByteBuffer samples = in.slice((int) from, (int) length).order(ByteOrder.BIG_ENDIAN);
    long rate = in.getInt(16) & 0xFFFFFFFFL;
    long channels = in.getInt(20) & 0xFFFFFFFFL;
    if (channels > 0xFFFF) {
      throw corrupt(Invalid.text("channels of AU", channels, "must be 1 to 65535"));
    }
    return audio("AU", samples, rate, (int) channels, coding, "" + in.getInt(12));
  }

  private static Signal.Audio audio(
      String format,
      ByteBuffer samples,
      long rate,
      int channels,
      @Nullable Coding coding,
      String said) {
    if (channels < 1) {
      throw corrupt(Invalid.text("channels of " + format, "0", "must be 1 to 65535"));
    }
    if (rate < 1 || rate > Integer.MAX_VALUE) {
      throw corrupt(Invalid.text("rate of " + format, rate, "must be 1 to 2147483647"));
    }
    if (coding == null) {
      throw new Rejected(
          Rejected.Reason.UNKNOWN_FORMAT,
          "Cannot read " + format + ": no known coding is numbered " + said + " bits");
    }
    int frame = channels * coding.bytes;
    if (samples.remaining() % frame != 0) {
      throw corrupt(
          String.format(
              "Cannot read %s: %d bytes of samples are no multiple of a frame's %d",
              format, samples.remaining(), frame));
    }
    return new Signal.Audio((int) rate, channels, new RawPcm(samples, channels, coding));
  }

  /** The first chunk of that name: a view of its bytes in the file's order. */
  private static ByteBuffer chunk(String format, ByteBuffer in, String name, int least) {
    long at = 12;
    while (at + 8 <= in.capacity()) {
      long length = in.getInt((int) at + 4) & 0xFFFFFFFFL;
      if (name(in, (int) at).equals(name)) {
        if (at + 8 + length > in.capacity() || length < least) {
          throw corrupt(
              String.format(
                  "Cannot read %s: the %s chunk at byte %d has %d bytes (at least %d), the file"
                      + " has %d",
                  format, name.strip(), at, length, least, in.capacity()));
        }
        return in.slice((int) at + 8, (int) length).order(in.order());
      }
      at += 8 + length + (length & 1);
    }
    throw corrupt(
        String.format(
            "Cannot read %s: no %s chunk in %d bytes", format, name.strip(), in.capacity()));
  }

  private static String name(ByteBuffer in, int at) {
    byte[] name = new byte[4];
    in.get(at, name);
    return new String(name, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** IEEE 754 extended precision, as AIFF writes its rate; 0 where it is below 1 or huge. */
  private static long extended(short signAndExponent, long mantissa) {
    int shift = 16383 + 63 - signAndExponent;
    return signAndExponent < 0 || shift < 32 || shift > 63 ? 0 : mantissa >>> shift;
  }

  static Rejected corrupt(String detail) {
    return new Rejected(Rejected.Reason.CORRUPT_AUDIO, detail);
  }
}
