package tributary.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig.Sink;
import tributary.read.Digest;

/** What a table is now, told from all that it was or may be: nothing of it is read. */
final class TableState {
  private TableState() {}

  /**
   * Names and lengths of a folder's files, or the version of a table that has versions; empty of
   * any other.
   *
   * @param at where the files are: in their place, or staged
   */
  static String of(SparkSession spark, Sink sink, String at) {
    Optional<CommittedTable> table = CommittedTable.of(spark, sink);
    if (table.isPresent()) {
      return table.get().version();
    }
    if (!Sinks.isFolder(sink)) {
      return "";
    }
    try {
      Path folder = new Path(at);
      return files(FileSystems.of(folder, spark.sparkContext().hadoopConfiguration()), folder);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + at + ": " + e.getMessage(), e);
    }
  }

  private static String files(FileSystem files, Path folder) throws IOException {
    SortedMap<String, Long> lengths;
    try {
      lengths = FileSystems.lengths(files, folder);
    } catch (FileNotFoundException none) {
      return "none";
    }
    Digest digest = new Digest();
    lengths.forEach((name, length) -> digest.text(name).number(length));
    return digest.hex();
  }
}
