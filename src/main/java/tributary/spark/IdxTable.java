package tributary.spark;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;
import tributary.base.Png;
import tributary.config.Problems;
import tributary.read.Idx;

/**
 * Pictures and labels of two IDX files as a table: id (prefix and number), image (binary, PNG of
 * one channel), label (string). The files are read on the driver, pictures are written as PNG in
 * the tasks; a row depends on its number alone.
 */
public final class IdxTable {
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("image", DataTypes.BinaryType, false)
          .add("label", DataTypes.StringType, false);

  private final Pictures pictures;

  /** All that a task needs. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Pictures(
      byte[] values, int rows, int columns, byte[] labels, List<String> names, String prefix)
      implements Serializable {}

  private IdxTable(Pictures pictures) {
    this.pictures = pictures;
  }

  /**
   * Of two files.
   *
   * @param images three axes: number, rows, columns
   * @param labels one axis, as long
   * @param names of the labels by number; empty: the numbers themselves
   * @param prefix what the ids start with
   * @throws Problems.Refused where they are no such files or do not belong together
   */
  public static IdxTable read(Path images, Path labels, List<String> names, String prefix) {
    Problems problems = new Problems();
    Idx pixels = file(images, 3, problems);
    Idx numbers = file(labels, 1, problems);
    if (pixels != null && numbers != null && pixels.lengths()[0] != numbers.lengths()[0]) {
      problems.add(
          "Cannot join %s and %s: %,d pictures (%,d labels)"
              .formatted(images, labels, pixels.lengths()[0], numbers.lengths()[0]));
    }
    if (numbers != null && !names.isEmpty()) {
      int most = 0;
      for (byte label : numbers.values()) {
        most = Math.max(most, label & 0xff);
      }
      if (most >= names.size()) {
        problems.invalid(
            "--names", names.size() + " names", "the largest label of " + labels + " is " + most);
      }
    }
    problems.refuse();
    if (pixels == null || numbers == null) {
      throw new IllegalStateException("Cannot read " + images + ": nothing was read");
    }
    return new IdxTable(
        new Pictures(
            pixels.values(),
            pixels.lengths()[1],
            pixels.lengths()[2],
            numbers.values(),
            List.copyOf(names),
            prefix));
  }

  private static @Nullable Idx file(Path file, int axes, Problems problems) {
    try {
      return Idx.of(Files.readAllBytes(file), axes);
    } catch (NoSuchFileException e) {
      problems.add("Cannot read " + file + ": no such file");
    } catch (IOException e) {
      problems.add("Cannot read " + file + ": " + e.getMessage());
    }
    return null;
  }

  /** Number of pictures. */
  public int records() {
    return pictures.labels().length;
  }

  /** The table, in `partitions` partitions; 0 for as many as there are cores. */
  public Dataset<Row> frame(SparkSession spark, int partitions) {
    int cut = partitions > 0 ? partitions : spark.sparkContext().defaultParallelism();
    Broadcast<Pictures> sent =
        spark.sparkContext().broadcast(pictures, ClassTag$.MODULE$.apply(Pictures.class));
    return spark.range(0, records(), 1, cut).map(new ToRow(sent), Encoders.row(SCHEMA));
  }

  /** Writes a Parquet table; the folder must not exist. The number of records. */
  public int write(SparkSession spark, String out) {
    Problems problems = new Problems();
    if (SinkPlaces.writable(spark, "--out", out, problems)) {
      problems.invalid("--out", out, "exists already");
    }
    problems.refuse();
    frame(spark, 0).write().format("parquet").mode(SaveMode.ErrorIfExists).save(out);
    return records();
  }

  private record ToRow(Broadcast<Pictures> sent) implements MapFunction<Long, Row>, Serializable {
    @Override
    public Row call(Long number) {
      Pictures p = sent.value();
      int i = Math.toIntExact(number);
      int label = p.labels()[i] & 0xff;
      return RowFactory.create(
          String.format(Locale.ROOT, "%s%06d", p.prefix(), i),
          png(p, i),
          p.names().isEmpty() ? Integer.toString(label) : p.names().get(label));
    }
  }

  private static byte[] png(Pictures p, int number) {
    BufferedImage image = new BufferedImage(p.columns(), p.rows(), BufferedImage.TYPE_BYTE_GRAY);
    int size = p.rows() * p.columns();
    byte[] own = new byte[size];
    System.arraycopy(p.values(), number * size, own, 0, size);
    image.getRaster().setDataElements(0, 0, p.columns(), p.rows(), own);
    return Png.bytes(image);
  }
}
