package tributary.spark;

import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where tasks put down finished records, and of what these are; made on the driver, sent with each
 * task.
 *
 * @param folder of this model and recipe, with its scheme
 * @param modelHash as rows have it
 * @param recipeHash as rows have it
 * @param limits of what decodes: quarantined records of others are tried again
 */
record CheckpointPlan(String folder, String modelHash, String recipeHash, String limits)
    implements Serializable {
  /** Names of portions that are whole begin so. */
  static final String PORTION = "portion-";

  /** Portions have checksums of their own: Hadoop's are left out, whose files would double them. */
  static FileSystem fileSystem(Path path, Configuration conf) throws IOException {
    FileSystem fs = FileSystems.of(path, conf);
    return fs instanceof ChecksumFileSystem checked ? checked.getRawFileSystem() : fs;
  }
}
