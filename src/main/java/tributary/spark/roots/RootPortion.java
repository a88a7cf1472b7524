package tributary.spark.roots;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import tributary.base.Envelope;
import tributary.merge.Node;
import tributary.merge.NodeBytes;
import tributary.record.ModalityRoot;

/**
 * The bytes of a file of roots, little-endian, roots and index in their {@link Envelope}:
 *
 * <pre>
 * portion  root ... index  length of the index i32
 * root     magic "TROT" | version u8 = 1 | key 2 x i64 | tokens i64 | left out i64 | nodes i32 | (length i32, {@link NodeBytes})[nodes] | CRC-32C
 * index    magic "TRIX" | version u8 = 1 | plan i64 | roots i32 | (key 2 x i64, slot i64, id i64, time i64, length i64)[roots] | CRC-32C
 * </pre>
 */
final class RootPortion {
  /** Names of portions that are whole begin so. */
  static final String NAME = "roots-";

  private static final Envelope ROOT = new Envelope("root", "TROT", 1, 41);
  private static final Envelope INDEX = new Envelope("index of roots", "TRIX", 1, 17);
  private static final int ENTRY = 6 * Long.BYTES;

  private RootPortion() {}

  /**
   * A root in a file.
   *
   * @param time of the run that made it: the newest of a slot is alive
   * @param offset of its first byte
   * @param length bytes
   */
  record Entry(RootKey key, long time, long offset, long length) {}

  /**
   * A file.
   *
   * @param bytes of all of it
   */
  record Portion(Path path, long bytes, List<Entry> entries) {}

  /** A root's bytes. */
  static byte[] root(RootKey key, ModalityRoot root, NodeBytes bytes) {
    List<byte[]> nodes = root.nodes().stream().map(bytes::write).toList();
    long rest = nodes.stream().mapToLong(n -> Integer.BYTES + (long) n.length).sum();
    ByteBuffer out = ROOT.write(rest);
    out.putLong(key.high()).putLong(key.low()).putLong(root.tokens()).putLong(root.leftOut());
    out.putInt(nodes.size());
    nodes.forEach(n -> out.putInt(n.length).put(n));
    return ROOT.seal(out);
  }

  /**
   * What {@link #root} wrote.
   *
   * @throws IllegalStateException where the bytes are others, or another key's
   */
  static ModalityRoot root(byte[] bytes, RootKey key, NodeBytes nodeBytes) {
    ByteBuffer in = ROOT.read(bytes);
    if (in.getLong() != key.high() || in.getLong() != key.low()) {
      throw new IllegalStateException("Cannot read root: it is another record's");
    }
    long tokens = in.getLong();
    long leftOut = in.getLong();
    List<Node> nodes = new ArrayList<>();
    for (int n = in.getInt(); n > 0; n--) {
      byte[] node = new byte[in.getInt()];
      in.get(node);
      nodes.add(nodeBytes.read(node));
    }
    return new ModalityRoot(tokens, leftOut, nodes);
  }

  /**
   * What a portion ends with.
   *
   * @param plan digest of the model and the recipe
   * @param entries in the order of the file
   */
  static byte[] end(long plan, List<Entry> entries) {
    ByteBuffer out = INDEX.write((long) entries.size() * ENTRY);
    out.putLong(plan).putInt(entries.size());
    for (Entry e : entries) {
      RootKey key = e.key();
      out.putLong(key.high()).putLong(key.low()).putLong(key.slot()).putLong(key.id());
      out.putLong(e.time()).putLong(e.length());
    }
    byte[] index = INDEX.seal(out);
    ByteBuffer whole = ByteBuffer.allocate(index.length + Integer.BYTES);
    whole.order(ByteOrder.LITTLE_ENDIAN).put(index).putInt(index.length);
    return whole.array();
  }

  /**
   * What is in a file.
   *
   * @param plan digest of the model and the recipe: of others nothing is taken
   * @throws IOException if it can't be read
   * @throws IllegalStateException if it is not what was written, or of another plan
   */
  static Portion read(FileSystem files, FileStatus file, long plan) throws IOException {
    ByteBuffer in = INDEX.read(index(files, file));
    INDEX.expectModel(plan, in.getLong());
    int roots = in.getInt();
    INDEX.expectLength((long) roots * ENTRY, in);
    List<Entry> entries = new ArrayList<>(roots);
    long offset = 0;
    for (int i = 0; i < roots; i++) {
      RootKey key = new RootKey(in.getLong(), in.getLong(), in.getLong(), in.getLong());
      Entry entry = new Entry(key, in.getLong(), offset, in.getLong());
      entries.add(entry);
      offset += entry.length();
    }
    return new Portion(file.getPath(), file.getLen(), entries);
  }

  private static byte[] index(FileSystem files, FileStatus file) throws IOException {
    long end = file.getLen() - Integer.BYTES;
    if (end < 0) {
      throw new IllegalStateException("Cannot read index of roots: the file is cut");
    }
    try (FSDataInputStream in = files.open(file.getPath())) {
      byte[] last = bytes(in, end, Integer.BYTES);
      int length = ByteBuffer.wrap(last).order(ByteOrder.LITTLE_ENDIAN).getInt();
      if (length < 0 || length > end) {
        throw new IllegalStateException("Cannot read index of roots: the file is cut");
      }
      return bytes(in, end - length, length);
    }
  }

  /** Bytes at a place of a file. */
  static byte[] bytes(FSDataInputStream in, long offset, long length) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(length)];
    in.readFully(offset, bytes);
    return bytes;
  }

  /** Whether these are a root's bytes. */
  static boolean isWhole(byte[] root) {
    try {
      ROOT.read(root);
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }
}
