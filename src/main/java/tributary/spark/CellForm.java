package tributary.spark;

import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;

import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import scala.collection.Seq;
import tributary.read.Decoder;
import tributary.read.Medium;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;

/**
 * What the cells of a modality's column are: how the driver projects the column, and how a task
 * then makes a payload of a cell. Made on the driver from the column's type, sent with each task.
 */
sealed interface CellForm extends Serializable {
  /** Types are made, not parsed: Spark's parser takes half a second to start. */
  DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);

  DataType ROWS = DataTypes.createArrayType(FLOATS);

  /** On the driver: the column as tasks read it; null where the cell holds nothing. */
  Column project(Column column, DataType type);

  /** In a task: a new reader for the cells of one column. */
  Reader reader();

  /** Makes payloads of the cells of one column that aren't null; used by one thread. */
  @FunctionalInterface
  interface Reader {
    /**
     * The payload in a field of a projected row.
     *
     * @throws Rejected NULL_VALUE or WRONG_WIDTH for what no payload can hold
     */
    Payload read(Row row, int field);
  }

  /** Text. */
  record Text() implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(DataTypes.BinaryType);
    }

    @Override
    public Reader reader() {
      return (row, field) -> new Payload.Text(row.<byte[]>getAs(field));
    }
  }

  /** A picture or sound, encoded. */
  record Encoded(Medium medium) implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(DataTypes.BinaryType);
    }

    @Override
    public Reader reader() {
      Decoder decoder = medium.decoder();
      return (row, field) -> new Payload.Bytes(decoder, row.<byte[]>getAs(field));
    }
  }

  /**
   * The path of a file; the empty path is none.
   *
   * @param base folder of relative paths; empty for none
   */
  record FilePath(Medium medium, String base) implements CellForm {
    FilePath under(String folder) {
      return new FilePath(medium, folder);
    }

    @Override
    public Column project(Column column, DataType type) {
      return when(length(column).gt(0), column);
    }

    @Override
    public Reader reader() {
      Decoder decoder = medium.decoder();
      return (row, field) ->
          new Payload.File(decoder, resolved(row.getString(field)), HadoopFiles::read);
    }

    /** As it is where it is no path: whoever opens it says so. */
    private String resolved(String cell) {
      try {
        Path path = new Path(cell);
        return path.isAbsolute() || path.toUri().getScheme() != null || base.isEmpty()
            ? cell
            : new Path(base, path).toString();
      } catch (IllegalArgumentException noPath) {
        return cell;
      }
    }
  }

  /** Spark's image struct, with fields besides the five or without. */
  record Picture() implements CellForm {
    static final List<String> FIELDS = List.of("height", "width", "nChannels", "mode", "data");

    @Override
    public Column project(Column column, DataType type) {
      return when(
          column.isNotNull(), struct(FIELDS.stream().map(column::getField).toArray(Column[]::new)));
    }

    @Override
    public Reader reader() {
      return (row, field) -> picture(row.getStruct(field));
    }

    private static Payload picture(Row image) {
      for (int i = 0; i < FIELDS.size(); i++) {
        if (image.isNullAt(i)) {
          throw new Rejected(Reason.NULL_VALUE, FIELDS.get(i) + " of the picture is null");
        }
      }
      return new Payload.Picture(
          image.getInt(0),
          image.getInt(1),
          image.getInt(2),
          image.getInt(3),
          image.<byte[]>getAs(4));
    }
  }

  /**
   * Sound as numbers, one channel, projected with its rate; see {@link #rated}.
   *
   * @param column as the user named it
   * @param range what a number is divided by to be in [-1, 1): 1, or 2^(b-1) for integers of b bits
   */
  record Samples(String column, float range) implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(FLOATS);
    }

    /** What tasks read: rate and samples together; null where there are no samples. */
    static Column rated(Column rate, Column samples) {
      return when(samples.isNotNull(), struct(rate.as("rate"), samples.as("samples")));
    }

    @Override
    public Reader reader() {
      return (row, field) -> samples(row.getStruct(field));
    }

    private Payload samples(Row sound) {
      if (sound.isNullAt(0)) {
        throw new Rejected(Reason.NULL_VALUE, "the sample rate of " + column + " is null");
      }
      return new Payload.Samples(sound.getDouble(0), divided(sound.getSeq(1)));
    }

    /** By a power of 2, which rounds nothing: as the same samples in a WAV. */
    private float[] divided(Seq<?> numbers) {
      float[] samples = SeqNumbers.floats(numbers); // [numbers]
      for (int i = 0; range != 1 && i < samples.length; i++) {
        samples[i] /= range;
      }
      return samples;
    }
  }

  /** One vector. */
  record Vector(int width) implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(FLOATS);
    }

    @Override
    public Reader reader() {
      return (row, field) ->
          new Payload.Vectors(width, SeqNumbers.matrix(List.of(row.getSeq(field)), width));
    }
  }

  /** Vectors. */
  record Vectors(int width) implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(ROWS);
    }

    @Override
    public Reader reader() {
      return (row, field) ->
          new Payload.Vectors(width, SeqNumbers.matrix(row.getSeq(field), width));
    }
  }

  /** Points. */
  record Points(int dimensions) implements CellForm {
    @Override
    public Column project(Column column, DataType type) {
      return column.cast(ROWS);
    }

    @Override
    public Reader reader() {
      return (row, field) ->
          new Payload.Points(dimensions, SeqNumbers.matrix(row.getSeq(field), dimensions));
    }
  }

  /** Times and values, with other fields besides the two or without, in any order. */
  record Series(int channels) implements CellForm {
    private static final DataType WANTED = series(DataTypes.DoubleType);

    /** Spark makes no number of a timestamp without a zone. */
    private static final DataType TIMED = series(DataTypes.TimestampType);

    private static DataType series(DataType time) {
      return DataTypes.createArrayType(
          new StructType()
              .add("t", time)
              .add("values", DataTypes.createArrayType(DataTypes.DoubleType)));
    }

    @Override
    public Column project(Column column, DataType type) {
      StructType element = (StructType) ((ArrayType) type).elementType();
      boolean local = element.apply("t").dataType() instanceof TimestampNTZType;
      if (element.fieldNames().length == 2 && element.fieldNames()[0].equals("t")) {
        return local ? column.cast(TIMED).cast(WANTED) : column.cast(WANTED);
      }
      Column ordered =
          transform(
              column, x -> struct(x.getField("t").as("t"), x.getField("values").as("values")));
      return local ? ordered.cast(TIMED).cast(WANTED) : ordered.cast(WANTED);
    }

    @Override
    public Reader reader() {
      return (row, field) -> SeqNumbers.series(row.getSeq(field), channels);
    }
  }
}
