package tributary.spark;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.internal.SQLConf;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * Whether tables and files can be written where a job wants them: checks before a run. On the
 * driver.
 */
final class SinkPlaces {
  private SinkPlaces() {}

  /**
   * Refuses a place that holds something already (mode error) or that can't be written.
   *
   * @param open whether the job's turn will tell, for what a run before has begun is finished first
   */
  static void check(SparkSession spark, String key, Sink sink, boolean open, Problems problems) {
    try {
      DataSource.lookupDataSource(sink.format(), SQLConf.get());
    } catch (Exception e) {
      problems.invalid(
          key + ".format",
          sink.format(),
          "a format that Spark can load: "
              + Packages.missing(spark, sink.format()).orElse(InputTable.firstLine(e)));
      return;
    }
    boolean ready =
        CommittedTable.of(spark, sink).map(t -> t.isReady(key, problems)).orElse(true)
            && JdbcTable.of(spark, sink).map(t -> t.isReady(key, problems)).orElse(true);
    if (!ready) {
      return;
    }
    if (sink.mode() == JobConfig.Sink.Mode.MERGE
        && !Sinks.isFolder(sink)
        && !CommittedTable.isFormat(sink)) {
      problems.invalid(
          key + ".mode",
          "merge",
          "error, overwrite or append where the format is " + sink.format());
    }
    Optional<String> unfit = unfit(spark, sink);
    unfit.ifPresent(rule -> problems.invalid(key + ".path", sink.path(), rule));
    boolean holds = unfit.isEmpty() && holds(spark, key, sink, problems);
    if (holds && sink.mode() == JobConfig.Sink.Mode.ERROR && !open) {
      problems.invalid(key + "." + sink.place(), sink.path(), taken(key));
    }
  }

  /** Why no table can be at a path, if so. */
  private static Optional<String> unfit(SparkSession spark, Sink sink) {
    if (sink.isNamed() || JdbcTable.of(spark, sink).isPresent()) {
      return Optional.empty();
    }
    if (sink.path().matches(".*[{}\\[\\]*?\\\\].*")) {
      return Optional.of("a path without {}[]*?\\, which Spark takes for a pattern when it reads");
    }
    if (sink.path().replaceFirst(".*/", "").contains(":")) {
      return Optional.of("a name without : in it, which Hadoop takes for a scheme");
    }
    Optional<String> linked = Sinks.isFolder(sink) ? linked(spark, sink.path()) : Optional.empty();
    if (linked.isPresent()) {
      return linked.map(
          to -> "a folder, or nothing yet: it is a link, which a table would replace; name " + to);
    }
    return Sinks.isFolder(sink) && isFile(spark, sink.path())
        ? Optional.of("a folder, or nothing yet: a file is there")
        : Optional.empty();
  }

  /** Whether a file is at a path, and no folder. */
  static boolean isFile(SparkSession spark, String path) {
    try {
      Path place = new Path(path);
      FileSystem files = FileSystems.of(place, configuration(spark));
      return files.exists(place) && !files.getFileStatus(place).isDirectory();
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Where a symbolic link on a local disk leads to; none where there is no link. */
  private static Optional<String> linked(SparkSession spark, String path) {
    try {
      Path place = new Path(path);
      FileSystem files = FileSystems.of(place, configuration(spark));
      Optional<java.nio.file.Path> link =
          FileSystems.local(files, place).filter(Files::isSymbolicLink);
      return link.isEmpty()
          ? Optional.empty()
          : Optional.of(
              link.get().resolveSibling(Files.readSymbolicLink(link.get())).normalize().toString());
    } catch (IOException | IllegalArgumentException e) {
      // Whoever writes there says why.
      return Optional.empty();
    }
  }

  /** Whether something is in a sink's place; reports one that can't be written. */
  private static boolean holds(SparkSession spark, String key, Sink sink, Problems problems) {
    Optional<JdbcTable> database = JdbcTable.of(spark, sink);
    if (database.isPresent()) {
      return database.get().exists();
    }
    if (!sink.isNamed()) {
      return writable(spark, key + ".path", sink.path(), problems)
          && CommittedTable.of(spark, sink).filter(CommittedTable::isEmpty).isEmpty();
    }
    try {
      return CommittedTable.of(spark, sink).filter(t -> t.exists() && !t.isEmpty()).isPresent();
    } catch (Exception e) {
      problems.invalid(
          key + ".table", sink.path(), "the name of a table: " + InputTable.firstLine(e));
      return false;
    }
  }

  /** What is wrong with a place that holds something in mode error. */
  static String taken(String key) {
    return "exists already; remove it, choose another path, or set "
        + key
        + ".mode to overwrite"
        + (key.equals("output") ? ", append or merge" : " or append");
  }

  /** Whether something is there; reports a place that can't be written. */
  static boolean writable(SparkSession spark, String key, String path, Problems problems) {
    try {
      Path p = new Path(path);
      FileSystem fs = FileSystems.of(p, configuration(spark));
      boolean holds = fs.exists(p);
      Path folder = p;
      while (!fs.exists(folder) && folder.getParent() != null) {
        folder = folder.getParent();
      }
      if (folder != p || fs.getFileStatus(folder).isDirectory()) {
        probe(fs, folder);
      }
      return holds;
    } catch (IOException | IllegalArgumentException e) {
      problems.invalid(key, path, "a place that can be written: " + e.getMessage());
      return false;
    }
  }

  /** Makes a file and removes it: on this machine's disks by the JDK, where Hadoop starts chmod. */
  private static void probe(FileSystem fs, Path folder) throws IOException {
    String name = ".tributary-" + UUID.randomUUID();
    Optional<java.nio.file.Path> local = FileSystems.local(fs, folder);
    if (local.isPresent()) {
      java.nio.file.Path probe = local.get().resolve(name);
      new FileOutputStream(probe.toFile()).close();
      Files.delete(probe);
    } else {
      Path probe = new Path(folder, name);
      fs.create(probe, false).close();
      fs.delete(probe, false);
    }
  }

  private static Configuration configuration(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }
}
