package tributary.spark;

import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;

/** Payloads in files, on any file system that Hadoop knows. In tasks. */
final class HadoopFiles {
  /** Bytes. */
  private static final long LARGEST = 1L << 30;

  private HadoopFiles() {}

  /**
   * A whole file.
   *
   * @param column that names it, for messages
   * @throws Rejected MISSING_FILE for what is no file, and for a file system whose library is not
   *     there; PAYLOAD_TOO_LARGE above {@link #LARGEST}
   */
  static byte[] read(String path, String column) throws IOException {
    try {
      return read(path, new Path(path));
    } catch (FileSystems.NoLibrary e) {
      throw new Rejected(
          Reason.MISSING_FILE,
          "Cannot read " + path + " of column " + column + ": " + e.getMessage(),
          e);
    } catch (LinkageError e) {
      throw new IOException(e.toString(), e);
    }
  }

  private static byte[] read(String path, Path file) throws IOException {
    FileSystem fs = fileSystem(file);
    FileStatus status = fs.getFileStatus(file);
    if (status.isDirectory()) {
      throw new Rejected(Reason.MISSING_FILE, path + " is a directory");
    }
    // A pipe has no end, nor have some devices.
    if ("file".equals(fs.getUri().getScheme())
        && !new File(fs.makeQualified(file).toUri().getPath()).isFile()) {
      throw new Rejected(Reason.MISSING_FILE, path + " is a device or a pipe, no file");
    }
    if (status.getLen() > LARGEST) {
      throw tooLarge(path, status.getLen() + " bytes");
    }
    try (InputStream in = fs.open(file)) {
      return whole(path, in, (int) status.getLen());
    }
  }

  /** Hadoop has no name for the checksums of a file whose own name has a colon. */
  private static FileSystem fileSystem(Path file) throws IOException {
    FileSystem fs = FileSystems.of(file, SparkHadoopUtil.get().conf());
    return fs instanceof ChecksumFileSystem checked && file.getName().indexOf(':') >= 0
        ? checked.getRawFileSystem()
        : fs;
  }

  /**
   * To its end, wherever that is.
   *
   * @param told length as the file system tells it: not above 0 where it doesn't know
   */
  static byte[] whole(String path, InputStream in, int told) throws IOException {
    byte[] bytes = new byte[Math.max(told, 0)];
    int read = in.readNBytes(bytes, 0, bytes.length);
    if (read < bytes.length) {
      throw new EOFException("it ends after " + read + " of " + told + " bytes");
    }
    byte[] more = in.readNBytes((int) LARGEST - read + 1);
    if (more.length == 0) {
      return bytes;
    }
    if (read + (long) more.length > LARGEST) {
      throw tooLarge(path, "more bytes than its file system tells");
    }
    byte[] all = Arrays.copyOf(bytes, read + more.length);
    System.arraycopy(more, 0, all, read, more.length);
    return all;
  }

  private static Rejected tooLarge(String path, String size) {
    return new Rejected(
        Reason.PAYLOAD_TOO_LARGE, path + ": " + size + " (at most " + LARGEST + ")");
  }
}
