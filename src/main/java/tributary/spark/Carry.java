package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;

/**
 * Files of a table that stay, into the folder that takes its place: as hard links on this machine's
 * disks, else copied by tasks. Files that are there already stay, too. On the driver.
 */
final class Carry {
  private static final int TASKS = 64;

  private Carry() {}

  /**
   * Carries all files.
   *
   * @return how many
   * @throws IOException where one can't be, or came out with another length
   */
  static int files(SparkSession spark, Path from, Path to) throws IOException {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    FileSystem files = FileSystems.of(from, hadoop);
    if ("file".equals(files.getUri().getScheme())) {
      return link(local(files, from), local(files, to));
    }
    List<String> names = names(files, from);
    if (!names.isEmpty()) {
      String source = from.toString();
      String target = to.toString();
      new JavaSparkContext(spark.sparkContext())
          .parallelize(names, Math.min(TASKS, names.size()))
          .foreach(name -> copy(new Path(source, name), new Path(target, name)));
    }
    return names.size();
  }

  private static java.nio.file.Path local(FileSystem files, Path path) {
    return java.nio.file.Path.of(files.makeQualified(path).toUri().getPath());
  }

  private static int link(java.nio.file.Path from, java.nio.file.Path to) throws IOException {
    int[] count = {0};
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
              count[0]++;
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return count[0];
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

  /** Relative to the folder, of files that the new one has not. */
  private static List<String> names(FileSystem files, Path folder) throws IOException {
    String root = files.makeQualified(folder).toUri().getPath();
    List<String> names = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = files.listFiles(folder, true);
    while (all.hasNext()) {
      names.add(all.next().getPath().toUri().getPath().substring(root.length() + 1));
    }
    return names;
  }

  private static void copy(Path from, Path to) {
    try {
      Configuration hadoop = SparkHadoopUtil.get().conf();
      FileSystem files = FileSystems.of(from, hadoop);
      if (files.exists(to) && to.getName().equals("_SUCCESS")) {
        return;
      }
      FileUtil.copy(files, from, FileSystems.of(to, hadoop), to, false, true, hadoop);
      FileStatus copied = files.getFileStatus(to);
      if (copied.getLen() != files.getFileStatus(from).getLen()) {
        throw new IOException("Cannot copy " + from + " to " + to + ": it was cut");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
