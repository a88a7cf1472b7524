package tributary.learn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Blocks of bytes in a file without a name: written one behind the other, read back at any place.
 * The file has left its folder as soon as it is open, so that its space is free again when it is
 * closed, whatever ended the process. Lives in a task. Reading does not move anything, so several
 * threads may.
 */
final class Spool implements AutoCloseable {
  private final Path place;
  private final FileChannel file;
  private long end;

  /** Ends of the blocks that were marked. */
  private long[] ends = new long[16];

  private int[] lengths = new int[16];
  private int marked;

  /** A file in an existing folder. */
  Spool(Path folder) {
    this.place = folder;
    try {
      Path name = Files.createTempFile(folder, "records", ".spool");
      this.file =
          FileChannel.open(
              name,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw cannot("write records to", e);
    }
  }

  void append(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    try {
      while (b.hasRemaining()) {
        end += file.write(b, end);
      }
    } catch (IOException e) {
      throw cannot("write records to", e);
    }
  }

  /** Appends a block that is found again by its number. */
  void mark(byte[] bytes) {
    append(bytes);
    if (marked == ends.length) {
      ends = Arrays.copyOf(ends, 2 * marked);
      lengths = Arrays.copyOf(lengths, 2 * marked);
    }
    ends[marked] = end;
    lengths[marked++] = bytes.length;
  }

  /** Blocks that were marked. */
  int marked() {
    return marked;
  }

  /** Where a marked block starts. */
  long start(int number) {
    return ends[number] - lengths[number];
  }

  /** A marked block. */
  byte[] block(int number) {
    return read(start(number), lengths[number]);
  }

  byte[] read(long from, int length) {
    ByteBuffer b = ByteBuffer.allocate(length);
    try {
      while (b.hasRemaining()) {
        if (file.read(b, from + b.position()) < 0) {
          throw new IOException("it ends at byte " + file.size());
        }
      }
    } catch (IOException e) {
      throw cannot("read records from", e);
    }
    return b.array();
  }

  private IllegalStateException cannot(String verb, IOException e) {
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new IllegalStateException("Cannot " + verb + " " + place + ": " + why, e);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw cannot("close the records in", e);
    }
  }
}
