package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tributary.base.Invalid;
import tributary.read.RawPcm.Coding;

/**
 * What WAV, AIFF and AU have in common: samples as plain numbers, of which a header says where they
 * are. Headers are read here and not by javax.sound, which believes what they say, knows no
 * floating AIFC and names no numbers when it fails.
 *
 * <p>A program that writes to a pipe can't go back to put the size, so it leaves 0 or a size beyond
 * all sizes. Such samples go on to the end of the file, without the tags behind and without a last
 * frame that isn't whole. Any other size is believed, and refused where the file has less.
 */
final class SoundFiles {
  /** No cell holds so much. SoX writes 0x7F000000 less a few and 0x7FFFF000, others -1. */
  private static final long UNTOLD = 0x7E000000L;

  private SoundFiles() {}

  /** Whether a size is none, whatever there is. */
  static boolean isUntold(long claimed) {
    return claimed < 0 || claimed >= UNTOLD;
  }

  static void check(String format, long channels, long rate) {
    if (channels < 1 || channels > 0xFFFF) {
      throw corrupt(Invalid.text("channels of " + format, channels, "must be 1 to 65535"));
    }
    if (rate < 1 || rate > Integer.MAX_VALUE) {
      throw corrupt(Invalid.text("rate of " + format, rate, "must be 1 to 2147483647"));
    }
  }

  /** Whole frames from a byte to where the file, or what isn't tags of it, ends. */
  static ByteBuffer toTheEnd(byte[] file, int from, int frame) {
    int bytes = Math.max(0, Tags.end(file) - from);
    return ByteBuffer.wrap(file).slice(from, bytes - bytes % frame);
  }

  /**
   * Sound of those samples.
   *
   * @throws Rejected CORRUPT_AUDIO where they are no multiple of a frame
   */
  static Signal.Audio audio(
      String format, ByteBuffer samples, ByteOrder order, long rate, int channels, Coding coding) {
    int frame = channels * coding.bytes;
    if (samples.remaining() % frame != 0) {
      throw corrupt(
          String.format(
              "Cannot read %s: %d bytes of samples are no multiple of a frame's %d",
              format, samples.remaining(), frame));
    }
    return new Signal.Audio(
        (int) rate, channels, new RawPcm(samples.order(order), channels, coding));
  }

  static Rejected corrupt(String detail) {
    return new Rejected(Rejected.Reason.CORRUPT_AUDIO, detail);
  }
}
