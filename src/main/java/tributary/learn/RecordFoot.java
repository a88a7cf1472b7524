package tributary.learn;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Envelope;

/**
 * What a spool keeps of a record behind its tokens, and the one class that knows these bytes, in
 * their {@link Envelope}. Little-endian; a text is its length in bytes, i32, and UTF-8:
 *
 * <pre>
 * magic "TREC" | version u8 = 1 | rank i64 | rest i32
 *   | id | labels i32 | name, value of each
 *   | modalities i32 | name, tokens i64, pieces i32, bytes i32 of each piece
 *   | CRC-32C of all before
 * </pre>
 *
 * @param parts in the order of their bytes
 */
record RecordFoot(String id, long rank, SortedMap<String, String> labels, List<Part> parts) {
  private static final Envelope ENVELOPE = new Envelope("record", "TREC", 1, 17);

  /**
   * One modality's tokens.
   *
   * @param pieces bytes of each
   */
  record Part(String modality, long tokens, List<Integer> pieces) {}

  /** Bytes of all pieces. */
  long bytes() {
    return parts.stream().flatMap(p -> p.pieces().stream()).mapToLong(n -> n).sum();
  }

  byte[] write() {
    List<byte[]> texts = new ArrayList<>();
    texts.add(utf8(id));
    labels.forEach(
        (name, value) -> {
          texts.add(utf8(name));
          texts.add(utf8(value));
        });
    parts.forEach(p -> texts.add(utf8(p.modality())));
    long rest = 2L * Integer.BYTES;
    rest += texts.stream().mapToLong(t -> Integer.BYTES + (long) t.length).sum();
    rest += parts.stream().mapToLong(p -> 12L + 4L * p.pieces().size()).sum();
    ByteBuffer b = ENVELOPE.write(rest).putLong(rank).putInt(Math.toIntExact(rest));
    int next = 0;
    put(b, texts.get(next++));
    b.putInt(labels.size());
    for (int i = 0; i < 2 * labels.size(); i++) {
      put(b, texts.get(next++));
    }
    b.putInt(parts.size());
    for (Part part : parts) {
      put(b, texts.get(next++));
      b.putLong(part.tokens()).putInt(part.pieces().size());
      part.pieces().forEach(b::putInt);
    }
    return ENVELOPE.seal(b);
  }

  static RecordFoot read(byte[] bytes) {
    ByteBuffer b = ENVELOPE.read(bytes);
    long rank = b.getLong();
    ENVELOPE.expectLength(b.getInt(), b);
    String id = text(b);
    SortedMap<String, String> labels = new TreeMap<>();
    for (int n = b.getInt(); n > 0; n--) {
      labels.put(text(b), text(b));
    }
    List<Part> parts = new ArrayList<>();
    for (int n = b.getInt(); n > 0; n--) {
      String modality = text(b);
      long tokens = b.getLong();
      List<Integer> pieces = new ArrayList<>();
      for (int p = b.getInt(); p > 0; p--) {
        pieces.add(b.getInt());
      }
      parts.add(new Part(modality, tokens, pieces));
    }
    return new RecordFoot(id, rank, labels, parts);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ByteBuffer b, byte[] text) {
    b.putInt(text.length).put(text);
  }

  private static String text(ByteBuffer b) {
    byte[] text = new byte[b.getInt()];
    b.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
