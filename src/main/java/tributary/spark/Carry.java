package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/**
 * Files of a table that stay, into the folder that takes its place: as hard links on this machine's
 * disks, else copied by tasks. Files that are there already stay, too. On the driver.
 */
final class Carry {
  private static final int TASKS = 64;

  /** So many files a table may have before it is written anew, where they are small. */
  private static final int SCATTERED = 256;

  private static final long SMALL = 32L << 20;

  private Carry() {}

  /**
   * Carries all files.
   *
   * @throws IOException where one can't be, or came out with another length
   */
  static void files(SparkSession spark, Path from, Path to) throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    FileSystem files = FileSystems.of(from, hadoop);
    if (FileSystems.isLocal(files)) {
      link(local(files, from).toRealPath(), local(files, to));
      requireCarried(files, from, to);
      return;
    }
    List<String> names = new ArrayList<>(FileSystems.lengths(files, from).keySet());
    if (!names.isEmpty()) {
      String source = from.toString();
      String target = to.toString();
      new JavaSparkContext(spark.sparkContext())
          .parallelize(names, Math.min(TASKS, names.size()))
          .foreach(name -> copy(new Path(source, name), new Path(target, name)));
    }
    requireCarried(files, from, to);
  }

  /** Whether a table has so many small files that it is better written anew than added to. */
  static boolean isScattered(SparkSession spark, String path) {
    try {
      Path folder = new Path(path);
      FileSystem files = FileSystems.of(folder, spark.sparkContext().hadoopConfiguration());
      Collection<Long> lengths = FileSystems.lengths(files, folder).values();
      long bytes = lengths.stream().mapToLong(n -> n).sum();
      return lengths.size() > SCATTERED && bytes / lengths.size() < SMALL;
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static void requireCarried(FileSystem files, Path from, Path to) throws IOException {
    Map<String, Long> there = FileSystems.lengths(files, from);
    Map<String, Long> carried = there.isEmpty() ? Map.of() : FileSystems.lengths(files, to);
    for (Map.Entry<String, Long> file : there.entrySet()) {
      Long length = carried.get(file.getKey());
      boolean marks = new Path(file.getKey()).getName().startsWith("_");
      if (length == null || !marks && !length.equals(file.getValue())) {
        throw new IOException("Cannot carry " + file.getKey() + " from " + from + " to " + to);
      }
    }
  }

  private static java.nio.file.Path local(FileSystem files, Path path) {
    return FileSystems.local(files, path).orElseThrow();
  }

  private static void link(java.nio.file.Path from, java.nio.file.Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(java.nio.file.Path file, BasicFileAttributes of)
              throws IOException {
            java.nio.file.Path target = to.resolve(from.relativize(file).toString());
            if (!Files.exists(target)) {
              Files.createDirectories(target.getParent());
              linkOrCopy(file, target);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Some disks know no links. */
  private static void linkOrCopy(java.nio.file.Path from, java.nio.file.Path to)
      throws IOException {
    try {
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(from, to);
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Configuration hadoop = SparkHadoopUtil.get().conf();
      FileSystem files = FileSystems.of(from, hadoop);
      long length = files.getFileStatus(from).getLen();
      boolean there = files.exists(to);
      if (there && (to.getName().startsWith("_") || files.getFileStatus(to).getLen() == length)) {
        return;
      }
      // Another try of this task may be at it: only a whole copy gets the name.
      Path whole = new Path(to.getParent(), "_" + to.getName() + "." + UUID.randomUUID());
      FileUtil.copy(files, from, files, whole, false, true, hadoop);
      if (files.getFileStatus(whole).getLen() != length || !files.rename(whole, to)) {
        files.delete(whole, false);
        if (!files.exists(to) || files.getFileStatus(to).getLen() != length) {
          throw new IOException("Cannot copy " + from + " to " + to);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
