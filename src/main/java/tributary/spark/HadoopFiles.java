package tributary.spark;

import java.io.EOFException;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.deploy.SparkHadoopUtil;
import tributary.base.Reason;
import tributary.read.Rejected;

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
          Rejected.Reason.MISSING_FILE,
          "Cannot read " + path + " of column " + column + ": " + e.getMessage(),
          e);
    } catch (LinkageError e) {
      throw new IOException(e.toString(), e);
    }
  }

  private static byte[] read(String path, Path file) throws IOException {
    FileSystem fs = fileSystem(file);
    if (HttpFiles.serves(fs)) {
      return HttpFiles.PATIENT.read(path, file.toUri().toURL());
    }
    FileStatus status = status(path, file, fs);
    if (status.getLen() > LARGEST) {
      throw tooLarge(path, status.getLen() + " bytes");
    }
    try (InputStream in = fs.open(file)) {
      return whole(path, in, (int) status.getLen());
    }
  }

  /**
   * Why a file can't be opened; empty where it can be.
   *
   * @param column that names it
   */
  static Optional<String> problem(String path, String column) {
    try {
      Path file = new Path(path);
      FileSystem fs = fileSystem(file);
      if (HttpFiles.serves(fs)) {
        HttpFiles.BRIEF.find(file.toUri().toURL());
      } else {
        status(path, file, fs);
        fs.open(file).close();
      }
      return Optional.empty();
    } catch (FileNotFoundException e) {
      return Optional.of("no such file");
    } catch (IOException | RuntimeException | LinkageError e) {
      return Optional.of(Reason.of(e) + " (column " + column + ")");
    }
  }

  /** Whether a path is of this machine's own file system, which executors elsewhere don't have. */
  static boolean isOfThisMachine(String path) {
    try {
      return FileSystems.isLocal(fileSystem(new Path(path)));
    } catch (IOException | RuntimeException | LinkageError e) {
      return false; // Whoever opens it says why.
    }
  }

  /** Of a file that can be read to an end. */
  private static FileStatus status(String path, Path file, FileSystem fs) throws IOException {
    FileStatus status = fs.getFileStatus(file);
    if (status.isDirectory()) {
      throw new Rejected(Rejected.Reason.MISSING_FILE, path + " is a directory");
    }
    // A pipe has no end, nor have some devices.
    if (FileSystems.isLocal(fs) && !new File(fs.makeQualified(file).toUri().getPath()).isFile()) {
      throw new Rejected(Rejected.Reason.MISSING_FILE, path + " is a device or a pipe, no file");
    }
    return status;
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
        Rejected.Reason.PAYLOAD_TOO_LARGE, path + ": " + size + " (at most " + LARGEST + ")");
  }
}
