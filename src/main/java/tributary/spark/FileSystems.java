package tributary.spark;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.util.VersionInfo;
import tributary.base.Reason;

/**
 * File systems by the scheme of a path. Where a library is missing the message names the scheme and
 * what to add; whatever else goes wrong on the way is an {@link IOException}, too. On the driver
 * and in tasks.
 */
final class FileSystems {
  /** What brings the file systems that are not Spark's own, as spark-submit's --packages has it. */
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "s3a", "org.apache.hadoop:hadoop-aws:" + VersionInfo.getVersion(),
          "s3", "org.apache.hadoop:hadoop-aws:" + VersionInfo.getVersion() + ", and s3a://",
          "s3n", "org.apache.hadoop:hadoop-aws:" + VersionInfo.getVersion() + ", and s3a://",
          "abfs", "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion(),
          "abfss", "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion(),
          "wasb", "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion(),
          "wasbs", "org.apache.hadoop:hadoop-azure:" + VersionInfo.getVersion(),
          "oss", "org.apache.hadoop:hadoop-aliyun:" + VersionInfo.getVersion(),
          "gs", "com.google.cloud.bigdataoss:gcs-connector:VERSION");

  /** Schemes whose library the launcher fetches. */
  private static final Set<String> WITH = Set.of("s3a", "abfs", "abfss");

  private FileSystems() {}

  /**
   * Lengths of all files of a folder, by their names relative to it.
   *
   * @throws java.io.FileNotFoundException where there is no such folder
   */
  static SortedMap<String, Long> lengths(FileSystem files, Path folder) throws IOException {
    String root = files.makeQualified(folder).toUri().getPath();
    SortedMap<String, Long> lengths = new TreeMap<>();
    RemoteIterator<? extends FileStatus> all = allFiles(files, folder);
    while (all.hasNext()) {
      FileStatus file = all.next();
      lengths.put(file.getPath().toUri().getPath().substring(root.length() + 1), file.getLen());
    }
    return lengths;
  }

  /**
   * All files below a folder, or a file alone. An object store tells them in one listing, whatever
   * folders there are; of a local disk Hadoop asks for the owner of each file, by a process where
   * its native library is missing (6 ms), so folders are listed one by one there.
   *
   * @throws java.io.FileNotFoundException where there is nothing
   */
  static RemoteIterator<? extends FileStatus> allFiles(FileSystem files, Path path)
      throws IOException {
    return isLocal(files) ? new Walk(files, path) : files.listFiles(path, true);
  }

  /** Whether files are on this machine's disks, or look so. */
  static boolean isLocal(FileSystem files) {
    return "file".equals(files.getUri().getScheme());
  }

  /** A path as the JDK has it; none where it is not on this machine's disks. */
  static Optional<java.nio.file.Path> local(FileSystem files, Path path) {
    return isLocal(files)
        ? Optional.of(java.nio.file.Path.of(files.makeQualified(path).toUri().getPath()))
        : Optional.empty();
  }

  private static final class Walk implements RemoteIterator<FileStatus> {
    private final FileSystem files;
    private final Deque<FileStatus> left = new ArrayDeque<>();

    private Walk(FileSystem files, Path path) throws IOException {
      this.files = files;
      left.push(files.getFileStatus(path));
    }

    /** Opens folders until a file is first. */
    @Override
    public boolean hasNext() throws IOException {
      while (!left.isEmpty() && left.peek().isDirectory()) {
        for (FileStatus inside : files.listStatus(left.pop().getPath())) {
          left.push(inside);
        }
      }
      return !left.isEmpty();
    }

    @Override
    public FileStatus next() throws IOException {
      if (!hasNext()) {
        throw new NoSuchElementException("no further file");
      }
      return left.pop();
    }
  }

  /** That there is no file system of a scheme, for its library is not there. */
  static final class NoLibrary extends IOException {
    private final String lack;

    private NoLibrary(String scheme, Throwable cause) {
      super(lack(scheme) + ": " + Reason.of(cause), cause);
      this.lack = lack(scheme);
    }

    /** The scheme, and what to add. */
    String lack() {
      return lack;
    }

    private static String lack(String scheme) {
      return "no library for the file system "
          + scheme
          + " (add "
          + (LIBRARIES.containsKey(scheme)
              ? "it, such as --packages "
                  + LIBRARIES.get(scheme)
                  + (WITH.contains(scheme) ? ", or jobs/tributary --with " + scheme : "")
              : "the one that fs." + scheme + ".impl is in, by --packages or --jars")
          + ")";
    }
  }

  /**
   * The file system that a path is on.
   *
   * @throws IOException {@link NoLibrary}, or what the file system itself says
   */
  static FileSystem of(Path path, Configuration configuration) throws IOException {
    try {
      return path.getFileSystem(configuration);
    } catch (UnsupportedFileSystemException | LinkageError e) {
      throw new NoLibrary(String.valueOf(path.toUri().getScheme()), e);
    } catch (RuntimeException e) {
      for (Throwable t = e; t != null; t = t.getCause()) {
        if (t instanceof ClassNotFoundException || t instanceof LinkageError) {
          throw new NoLibrary(String.valueOf(path.toUri().getScheme()), e);
        }
      }
      throw new IOException(Reason.of(e), e);
    }
  }
}
