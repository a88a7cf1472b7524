package tributary.read;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** Small sound files, and all samples of a sound. */
final class Sounds {
  private Sounds() {}

  /** A WAV file of that coding; the block align is what channels and bits give. */
  static byte[] wav(int tag, int channels, int rate, int bits, byte[] samples) {
    return wav(tag, channels, rate, channels * bits / 8, bits, samples.length, samples);
  }

  static byte[] wav(
      int tag, int channels, int rate, int align, int bits, int claimed, byte[] samples) {
    ByteBuffer out = ByteBuffer.allocate(44 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(36 + samples.length).put(ascii("WAVEfmt ")).putInt(16);
    out.putShort((short) tag).putShort((short) channels).putInt(rate).putInt(rate * align);
    out.putShort((short) align).putShort((short) bits).put(ascii("data")).putInt(claimed);
    return out.put(samples).array();
  }

  /** A WAVE_FORMAT_EXTENSIBLE file with an odd chunk between. */
  static byte[] extensible(int tag, int channels, int rate, int bits, byte[] samples) {
    int align = channels * bits / 8;
    ByteBuffer out = ByteBuffer.allocate(80 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(72 + samples.length).put(ascii("WAVEfmt ")).putInt(40);
    out.putShort((short) 0xFFFE).putShort((short) channels).putInt(rate).putInt(rate * align);
    out.putShort((short) align).putShort((short) bits).putShort((short) 22);
    out.putShort((short) bits).putInt(0).putShort((short) tag).put(new byte[14]);
    out.put(ascii("LIST")).putInt(3).put(new byte[4]); // padded to an even length
    return out.put(ascii("data")).putInt(samples.length).put(samples).array();
  }

  static byte[] resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(Sounds.class.getResourceAsStream("/sound/" + name), name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** [frames, channels], read in pieces of 257 frames. */
  static float[] samples(Signal.Audio audio) {
    float[] all = new float[0];
    float[] piece = new float[257 * audio.channels()];
    try (Signal.PcmStream stream = audio.pcm().open()) {
      for (int count = stream.read(piece, 257); count >= 0; count = stream.read(piece, 257)) {
        int more = count * audio.channels();
        all = Arrays.copyOf(all, all.length + more);
        System.arraycopy(piece, 0, all, all.length - more, more);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Gives every page of an Ogg file its checksum: polynomial 0x04C11DB7, the highest bit first. */
  static void repair(byte[] ogg) {
    for (int at = 0; at < ogg.length; ) {
      int length = 27 + (ogg[at + 26] & 0xFF);
      for (int i = at + 27; i < at + 27 + (ogg[at + 26] & 0xFF); i++) {
        length += ogg[i] & 0xFF;
      }
      ByteBuffer.wrap(ogg).order(ByteOrder.LITTLE_ENDIAN).putInt(at + 22, 0);
      int crc = 0;
      for (int i = at; i < at + length; i++) {
        crc ^= ogg[i] << 24;
        for (int bit = 0; bit < 8; bit++) {
          crc = crc << 1 ^ (crc < 0 ? 0x04C11DB7 : 0);
        }
      }
      ByteBuffer.wrap(ogg).order(ByteOrder.LITTLE_ENDIAN).putInt(at + 22, crc);
      at += length;
    }
  }
}
