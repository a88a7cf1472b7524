package tributary.learn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import tributary.base.Sha256;

/**
 * The SHA-256 of a safetensors file, within it: 64 hexadecimal digits of its metadata, of all bytes
 * with zeros in the place of those digits. So file and checksum are renamed as one, and any changed
 * byte is seen.
 */
final class Seal {
  /** Its name among the metadata. */
  static final String KEY = "sha256";

  /** What is in its place before, and for the sum. */
  static final String OPEN = "0".repeat(64);

  private static final byte[] MARK = ("\"" + KEY + "\":\"").getBytes(StandardCharsets.US_ASCII);
  private static final int CHUNK = 1 << 18;
  private static final int PREFIX = Long.BYTES;
  private static final int MOST_HEADER = 100_000_000;

  private Seal() {}

  /** Puts the sum of what was written into its place. */
  static void close(FileChannel channel) throws IOException {
    long place = place(channel);
    byte[] digits = sum(channel, place).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes = ByteBuffer.wrap(digits);
    while (bytes.hasRemaining()) {
      channel.write(bytes, place + bytes.position());
    }
  }

  /** Refuses a file whose bytes are not those that were sealed. */
  static void check(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long place = place(channel);
      ByteBuffer digits = ByteBuffer.allocate(OPEN.length());
      fill(channel, digits, place);
      String found = new String(digits.array(), StandardCharsets.US_ASCII);
      String expected = sum(channel, place);
      if (!found.equals(expected)) {
        throw CheckpointFile.refused(file, KEY + " " + found + " (expected " + expected + ")");
      }
    } catch (IOException e) {
      throw CheckpointFile.refused(file, String.valueOf(e.getMessage()));
    }
  }

  /** Where the digits begin; quotes within names are escaped, so the mark is nothing else's. */
  private static long place(FileChannel channel) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(PREFIX).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, length, 0);
    long size = length.getLong(0);
    if (size < 0 || size > Math.min(MOST_HEADER, channel.size() - PREFIX)) {
      throw new IOException("header of " + size + " bytes");
    }
    ByteBuffer header = ByteBuffer.allocate((int) size);
    fill(channel, header, PREFIX);
    String text = new String(header.array(), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(new String(MARK, StandardCharsets.ISO_8859_1));
    if (at < 0 || at + MARK.length + OPEN.length() > size) {
      throw new IOException("no " + KEY + " among its metadata");
    }
    return PREFIX + (long) at + MARK.length;
  }

  private static String sum(FileChannel channel, long place) throws IOException {
    MessageDigest digest = Sha256.digest();
    long size = channel.size();
    add(channel, digest, 0, place);
    digest.update(OPEN.getBytes(StandardCharsets.US_ASCII));
    add(channel, digest, place + OPEN.length(), size);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(FileChannel channel, MessageDigest digest, long from, long to)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
    for (long at = from; at < to; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(CHUNK, to - at));
      fill(channel, buffer, at);
      digest.update(buffer.flip());
    }
  }

  private static void fill(FileChannel channel, ByteBuffer buffer, long from) throws IOException {
    long start = from - buffer.position();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, start + buffer.position()) < 0) {
        throw new IOException("truncated: ends at byte " + channel.size());
      }
    }
  }
}
