package tributary.spark.learn;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.size;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;
import tributary.spark.sql.EmbeddingCell;

/**
 * The records of an embedding table with their labels, collected in the order of their ids. On the
 * driver; the cells are checked and packed in tasks.
 *
 * @param records that have a label and an embedding
 * @param width of the embeddings
 * @param unlabelled records that were left out, for they have no label
 * @param bare records that were left out, for they have a label but no embedding
 */
record LabelledTable(List<Labelled> records, int width, long unlabelled, long bare) {
  /** Bytes of the driver per number: as collected, as a matrix, divided, standardised. */
  private static final long BYTES_PER_NUMBER = 4 + 3 * 8;

  private static final StructType PACKED =
      new StructType()
          .add("id", DataTypes.StringType, false)
          .add("label", DataTypes.StringType, false)
          .add("split", DataTypes.StringType, true)
          .add("embedding", DataTypes.BinaryType, false);

  /** One record. */
  @SuppressWarnings("ArrayRecordComponent")
  record Labelled(String id, String label, @Nullable String split, float[] embedding) {}

  /** The table, if it can be opened and has the columns; else a problem. */
  static @Nullable Dataset<Row> open(
      SparkSession spark, LinearProbe.Request request, String path, Problems problems) {
    Dataset<Row> rows;
    try {
      rows = spark.read().format(request.format()).load(path);
    } catch (Exception e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("unknown");
      problems.add("Cannot open table: " + request.format() + " " + path + ": " + reason);
      return null;
    }
    int before = problems.all().size();
    List<String> columns = Arrays.asList(rows.columns());
    for (String own : List.of("id", "embedding")) {
      if (!columns.contains(own)) {
        problems.add("Cannot probe " + path + ": it has no column " + own);
      }
    }
    named("--label", request.label(), path, columns, problems);
    if (request.split() != null) {
      named("--split", request.split(), path, columns, problems);
    }
    if (columns.contains("embedding")
        && !(rows.schema().apply("embedding").dataType() instanceof ArrayType array
            && array.elementType() instanceof NumericType)) {
      problems.add(
          "Cannot probe %s: its column embedding is %s (an array of numbers)"
              .formatted(path, rows.schema().apply("embedding").dataType().catalogString()));
    }
    return problems.all().size() > before ? null : rows;
  }

  private static void named(
      String key, String name, String path, List<String> columns, Problems problems) {
    if (!columns.contains(name)) {
      problems.invalid(key, name, "one of the columns of " + path + ": " + columns);
    }
  }

  /** Reads the table twice: to count, then to collect what has a label and an embedding. */
  static LabelledTable collect(Dataset<Row> rows, LinearProbe.Request request, String path) {
    Column label = quoted(request.label()).cast("string");
    Column split = request.split() == null ? lit(null) : quoted(request.split());
    Dataset<Row> named =
        rows.select(
            col("id").cast("string").as("id"),
            label.as("label"),
            split.cast("string").as("split"),
            col("embedding").cast("array<double>").as("embedding"));
    Dataset<Row> labelled = named.filter(col("label").isNotNull());
    Dataset<Row> whole = labelled.filter(col("embedding").isNotNull());
    Row counts =
        whole.agg(count(lit(1)), min(size(col("embedding"))), max(size(col("embedding")))).first();
    long all = named.count();
    long some = labelled.count();
    if (counts.getLong(0) == 0) {
      String reason = some == 0 ? "a label (column " + request.label() + ")" : "an embedding";
      throw refused(path, "none of " + all + " records has " + reason);
    }
    int width = counts.getInt(1);
    if (width != counts.getInt(2) || width == 0) {
      throw refused(
          path,
          "its embeddings have " + width + " to " + counts.getInt(2) + " numbers (one width)");
    }
    fits(path, counts.getLong(0), width);
    List<Labelled> records = new ArrayList<>();
    for (Row row : whole.map(new Pack(width), Encoders.row(PACKED)).collectAsList()) {
      FloatBuffer packed = ByteBuffer.wrap(row.<byte[]>getAs(3)).asFloatBuffer();
      float[] embedding = new float[width];
      packed.get(embedding);
      records.add(new Labelled(row.getString(0), row.getString(1), row.getString(2), embedding));
    }
    records.sort(Comparator.comparing(Labelled::id));
    unique(path, records);
    return new LabelledTable(records, width, all - some, some - records.size());
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  private static void fits(String path, long records, int width) {
    long needed = records * width * BYTES_PER_NUMBER;
    long heap = Runtime.getRuntime().maxMemory();
    if (records * (long) width > Integer.MAX_VALUE - 8 || needed > heap / 4 * 3) {
      throw refused(
          path,
          "%,d embeddings of %,d numbers need %,d MiB of the driver (3/4 of its heap of %,d MiB, --driver-memory; at most 2^31 numbers)"
              .formatted(records, width, needed >> 20, heap >> 20));
    }
  }

  private static void unique(String path, List<Labelled> sorted) {
    for (int i = 1; i < sorted.size(); i++) {
      if (sorted.get(i).id().equals(sorted.get(i - 1).id())) {
        throw refused(path, "the id " + sorted.get(i).id() + " occurs more than once");
      }
    }
  }

  static Problems.Refused refused(String path, String reason) {
    return new Problems.Refused(List.of("Cannot probe " + path + ": " + reason));
  }

  /** A row with its numbers checked and as bytes: what the driver collects takes no boxes. */
  private record Pack(int width) implements MapFunction<Row, Row>, Serializable {
    @Override
    public Row call(Row row) {
      @Nullable String id = row.getString(0);
      if (id == null) {
        throw new IllegalArgumentException("Cannot probe embedding: its id is null");
      }
      float[] x =
          EmbeddingCell.floats(row.<Double>getList(3).toArray(Double[]::new), width, "probe", id);
      ByteBuffer bytes = ByteBuffer.allocate(4 * width);
      bytes.asFloatBuffer().put(x);
      return RowFactory.create(id, row.getString(1), row.getString(2), bytes.array());
    }
  }
}
