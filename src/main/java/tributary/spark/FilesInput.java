package tributary.spark;

import static org.apache.spark.sql.functions.lit;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.JobConfig.Source;
import tributary.read.Digest;

/**
 * A folder of files that is read: its version is a digest of their paths, lengths and times. What
 * changed are the files that were not there, or were others, when the run before looked. On the
 * driver.
 */
final class FilesInput extends VersionedInput {
  /** A file as young as this may get other content in the same tick of its clock. */
  private static final long YOUNG_MILLIS = 2_000;

  /** More changed files are not worth their names. */
  private static final int MOST = 1_000;

  private static final int DIGITS = 16;

  private final Dataset<Row> rows;
  private final boolean partitioned;
  private final Set<FileLine> files;

  /**
   * A file.
   *
   * @param time of its last change, or `young`
   */
  private record FileLine(String length, String time, String path) {
    private static final String YOUNG = "young";

    static FileLine of(FileStatus file, long now) {
      long time = file.getModificationTime();
      return new FileLine(
          Long.toString(file.getLen()),
          time > now - YOUNG_MILLIS ? YOUNG : Long.toString(time),
          file.getPath().toString());
    }

    static FileLine of(String line) {
      String[] fields = line.split(" ", 3);
      return new FileLine(fields[0], fields[1], fields[2]);
    }

    String line() {
      return length + " " + time + " " + path + "\n";
    }

    boolean isYoung() {
      return time.equals(YOUNG);
    }
  }

  private FilesInput(
      SparkSession spark,
      Source source,
      Dataset<Row> rows,
      boolean partitioned,
      Set<FileLine> files) {
    super(spark, source, new Digest().text(text(files)).hex().substring(0, DIGITS), "files");
    this.rows = rows;
    this.partitioned = partitioned;
    this.files = files;
  }

  private static String text(Set<FileLine> files) {
    return files.stream().map(FileLine::line).sorted().collect(Collectors.joining());
  }

  /**
   * As the folder is now; none where it is none.
   *
   * @param rows of it
   * @param relation what they are read of
   */
  static Optional<VersionedInput> open(
      SparkSession spark, Source source, Dataset<Row> rows, HadoopFsRelation relation) {
    if (source.path() == null
        || source.table() != null
        || !(relation.location() instanceof PartitioningAwareFileIndex index)) {
      return Optional.empty();
    }
    long now = System.currentTimeMillis();
    Set<FileLine> files = new HashSet<>();
    CollectionConverters.asJava(index.allFiles()).forEach(f -> files.add(FileLine.of(f, now)));
    boolean partitioned = !relation.partitionSchema().isEmpty();
    return Optional.of(new FilesInput(spark, source, rows, partitioned, files));
  }

  @Override
  Dataset<Row> rows() {
    return rows;
  }

  @Override
  Optional<String> unready() {
    return isPattern(String.valueOf(source.path()))
        ? Optional.of("a folder, not a pattern of several")
        : Optional.empty();
  }

  private static boolean isPattern(String path) {
    return path.matches(".*[{}\\[\\]*?\\\\].*");
  }

  @Override
  String memory() {
    return text(files);
  }

  @Override
  boolean isSettled() {
    return files.stream().noneMatch(FileLine::isYoung);
  }

  @Override
  boolean tellsRemoved() {
    return false;
  }

  @Override
  Dataset<Row> changes(String since, String remembered, boolean parts) {
    Set<FileLine> before = remembered.lines().map(FileLine::of).collect(Collectors.toSet());
    if (parts && !files.containsAll(before)) {
      throw new IllegalStateException("files are gone or others, and a record may be several rows");
    }
    List<String> changed =
        files.stream()
            .filter(file -> !before.contains(file) || file.isYoung())
            .map(FileLine::path)
            .sorted()
            .toList();
    if (changed.size() > MOST) {
      throw new IllegalStateException(changed.size() + " files are new or others");
    }
    return (changed.isEmpty() ? rows.filter(lit(false)) : read(changed))
        .withColumn(ADDED, lit(true))
        .withColumn(AT, lit(0L));
  }

  private Dataset<Row> read(List<String> paths) {
    DataFrameReader reader = spark.read().format(source.format()).options(source.options());
    reader = reader.schema(rows.schema());
    if (partitioned
        && source.options().keySet().stream().noneMatch(o -> o.equalsIgnoreCase("basePath"))) {
      reader = reader.option("basePath", String.valueOf(source.path()));
    }
    return reader.load(
        paths.stream()
            .map(p -> p.replaceAll("([{}\\[\\]*?\\\\])", "\\\\$1"))
            .toArray(String[]::new));
  }

  @Override
  Dataset<Row> feed(String since) {
    throw new UnsupportedOperationException("files have no feed");
  }

  @Override
  Column added() {
    return lit(true);
  }

  @Override
  Column at() {
    return lit(0L);
  }
}
