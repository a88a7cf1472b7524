package tributary.spark;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Spark's classes as the JVM has them parsed, for a {@link Fork}: an archive in target/, made once
 * for a class path. Its main method is the run that it is made of, which Java compiles by itself:
 * an archive knows jars alone.
 */
final class ForkClasses {
  private static final List<String> QUIET =
      List.of("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off");

  private ForkClasses() {}

  /**
   * What has a JVM start from the archive, whose class path begins with these jars; nothing where
   * none could be made.
   *
   * @param java the JVM's command
   * @param jars separated by colons
   */
  static synchronized List<String> options(List<String> java, String jars) throws IOException {
    String key = Integer.toHexString((jars + System.getProperty("java.vm.version")).hashCode());
    Path file = Path.of("target", "fork-classes-" + key + ".jsa").toAbsolutePath();
    if (!Files.exists(file)) {
      make(file, java, jars);
    }
    List<String> options = new ArrayList<>();
    if (Files.size(file) > 0) {
      options.addAll(QUIET);
      options.add("-XX:SharedArchiveFile=" + file);
    }
    return options;
  }

  /** Under its name only when it is whole; an empty file where that failed. */
  private static void make(Path file, List<String> java, String jars) throws IOException {
    Path folder = Files.createTempDirectory("fork-classes");
    Path made = Path.of(file + "." + ProcessHandle.current().pid());
    List<String> command = new ArrayList<>(java);
    command.addAll(List.of("-Xlog:disable", "-XX:ArchiveClassesAtExit=" + made));
    command.addAll(List.of("-Xmx1g", "-cp", jars));
    command.add("src/test/java/tributary/spark/ForkClasses.java");
    command.add(folder.resolve("table").toString());
    File log = folder.resolve("log").toFile();
    try {
      int exit =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log)
              .start()
              .waitFor();
      if (exit != 0 || !Files.exists(made)) {
        System.out.println("No archive of classes, tests take longer: see " + log);
        Files.deleteIfExists(made);
        Files.createFile(made);
      } else {
        FileUtils.deleteDirectory(folder.toFile());
      }
      Files.move(made, file);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  public static void main(String[] args) throws IOException {
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("fork-classes")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()) {
      spark
          .range(20)
          .selectExpr(
              "concat('r', id) as id",
              "cast('text' as binary) as caption",
              "array(1.5F) as numbers",
              "map('a', 1L) as tokens")
          .repartition(2)
          .write()
          .parquet(args[0]);
      Dataset<Row> table = spark.read().parquet(args[0]);
      table.orderBy("id").toJSON().collectAsList();
      table.groupBy("id").count().join(table, "id").javaRDD().collect();
    }
  }
}
