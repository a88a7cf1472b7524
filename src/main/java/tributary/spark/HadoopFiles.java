package tributary.spark;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;
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
   * @throws Rejected MISSING_FILE for a folder, PAYLOAD_TOO_LARGE above {@link #LARGEST}
   */
  static byte[] read(String path) throws IOException {
    Path file = new Path(path);
    FileSystem fs = file.getFileSystem(SparkHadoopUtil.get().conf());
    FileStatus status = fs.getFileStatus(file);
    if (status.isDirectory()) {
      throw new Rejected(Reason.MISSING_FILE, path + " is a directory");
    }
    if (status.getLen() > LARGEST) {
      throw new Rejected(
          Reason.PAYLOAD_TOO_LARGE,
          path + ": " + status.getLen() + " bytes (at most " + LARGEST + ")");
    }
    byte[] bytes = new byte[(int) status.getLen()];
    try (FSDataInputStream in = fs.open(file)) {
      in.readFully(bytes);
    }
    return bytes;
  }
}
