package tributary.spark;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system with the modes of files set by the JVM. Where Hadoop's native library
 * is missing, as it is beside Spark's jars, Hadoop starts a chmod for each file and each folder
 * that it makes: 6 ms for each, a tenth of a small run. A name for {@code fs.file.impl} of a
 * session whose executor is the driver's JVM; jobs/tributary sets it for local masters.
 */
public final class LocalFiles extends LocalFileSystem {
  /** Hadoop makes it by its configuration. */
  public LocalFiles() {
    super(new Raw());
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      // "unix:mode" has the sticky bit, too, which POSIX permissions of the JVM lack.
      Files.setAttribute(pathToFile(path).toPath(), "unix:mode", (int) permission.toShort());
    }
  }
}
