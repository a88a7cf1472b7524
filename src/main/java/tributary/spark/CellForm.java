package tributary.spark;

import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import tributary.base.Invalid;
import tributary.read.CodecLibrary;
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

  /** The sound of a column that a modality of video is read of, too. */
  static CellForm track(CellForm sound) {
    if (sound instanceof Encoded) {
      return new Encoded(Medium.TRACK);
    }
    return sound instanceof FilePath path
        ? new FilePath(Medium.TRACK, path.column(), path.base())
        : sound;
  }

  /** Whether the column may hold what a library of codecs decodes. */
  static boolean isEncoded(CellForm form) {
    return form instanceof Encoded || form instanceof FilePath;
  }

  /** Whether nothing but a library of codecs reads the column. */
  static boolean isVideo(CellForm form) {
    return form instanceof Encoded e && e.medium() == Medium.VIDEO
        || form instanceof FilePath p && p.medium() == Medium.VIDEO;
  }

  /**
   * In a task: a new reader for the cells of one column.
   *
   * @param codecs for payloads that nothing here decodes
   */
  Reader reader(CodecLibrary codecs);

  /** Makes payloads of the cells of one column that aren't null; used by one thread. */
  @FunctionalInterface
  interface Reader {
    /**
     * The payload in a field of a projected row.
     *
     * @throws Rejected for what no payload can hold, such as NULL_VALUE or WRONG_WIDTH
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
    public Reader reader(CodecLibrary codecs) {
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
    public Reader reader(CodecLibrary codecs) {
      Decoder decoder = medium.decoder(codecs);
      return (row, field) -> new Payload.Bytes(decoder, row.<byte[]>getAs(field));
    }
  }

  /**
   * The path of a file; the empty path is none. What starts with a scheme and a slash, such as
   * `s3a://bucket/a.png` or `file:/a.png`, is an address; all else is a path, whatever characters
   * it has.
   *
   * @param column as the user named it
   * @param base folder of relative paths; empty for none
   */
  record FilePath(Medium medium, String column, String base) implements CellForm {
    /** Two letters at least: one is a drive. */
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/");

    FilePath under(String folder) {
      return new FilePath(medium, column, folder);
    }

    @Override
    public Column project(Column column, DataType type) {
      return when(length(column).gt(0), column);
    }

    @Override
    public Reader reader(CodecLibrary codecs) {
      Decoder decoder = medium.decoder(codecs);
      return (row, field) ->
          new Payload.File(
              decoder, resolved(row.getString(field)), path -> HadoopFiles.read(path, column));
    }

    /** As it is where it is no path: whoever opens it says so. */
    String resolved(String cell) {
      if (ADDRESS.matcher(cell).lookingAt()) {
        return cell;
      }
      try {
        // Of components: no part of a path is a scheme, a fragment or an escape.
        Path path = new Path(null, null, cell);
        boolean whole = path.isAbsolute() || base.isEmpty();
        return (whole ? path : new Path(new Path(base), path)).toString();
      } catch (IllegalArgumentException noPath) {
        return cell;
      }
    }
  }

  /**
   * Spark's image struct, with fields besides the five or without. Its whole numbers may be of any
   * width.
   */
  record Picture() implements CellForm {
    static final List<String> NUMBERS = List.of("height", "width", "nChannels", "mode");
    static final String DATA = "data";

    @Override
    public Column project(Column column, DataType type) {
      List<Column> fields = new ArrayList<>();
      NUMBERS.forEach(f -> fields.add(column.getField(f).cast(DataTypes.LongType).as(f)));
      fields.add(column.getField(DATA).as(DATA));
      return when(column.isNotNull(), struct(fields.toArray(new Column[0])));
    }

    @Override
    public Reader reader(CodecLibrary codecs) {
      return (row, field) -> picture(row.getStruct(field));
    }

    private static Payload picture(Row image) {
      return new Payload.Picture(
          number(image, 0),
          number(image, 1),
          number(image, 2),
          number(image, 3),
          field(image, NUMBERS.size(), DATA));
    }

    private static int number(Row image, int at) {
      String name = NUMBERS.get(at);
      long value = Picture.<Long>field(image, at, name);
      if (value != (int) value) {
        throw new Rejected(Reason.CORRUPT_IMAGE, Invalid.text(name, value, "of 32 bits"));
      }
      return (int) value;
    }

    private static <T> T field(Row image, int at, String name) {
      T value = image.<@Nullable T>getAs(at);
      if (value == null) {
        throw new Rejected(Reason.NULL_VALUE, name + " of the picture is null");
      }
      return value;
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

    /**
     * What tasks read: rate and samples together; null where there are no samples.
     *
     * @param text the rate as it was given where that is a text, which may be no number
     */
    static Column rated(Column rate, Column text, Column samples) {
      return when(
          samples.isNotNull(), struct(rate.as("rate"), samples.as("samples"), text.as("text")));
    }

    @Override
    public Reader reader(CodecLibrary codecs) {
      return (row, field) -> samples(row.getStruct(field));
    }

    private Payload samples(Row sound) {
      if (sound.isNullAt(0) && !sound.isNullAt(2)) {
        throw new Rejected(
            Reason.CORRUPT_AUDIO,
            Invalid.text("sample rate of " + column, sound.getString(2), "a number"));
      }
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
    public Reader reader(CodecLibrary codecs) {
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
    public Reader reader(CodecLibrary codecs) {
      return (row, field) ->
          new Payload.Vectors(width, SeqNumbers.matrix(row.getSeq(field), width));
    }
  }

  /**
   * Points.
   *
   * @param exact whether coordinates keep the digits of a double: what is centred is subtracted
   *     before it is rounded
   */
  record Points(int dimensions, boolean exact) implements CellForm {
    private static final DataType EXACT =
        DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.DoubleType));

    @Override
    public Column project(Column column, DataType type) {
      return column.cast(exact ? EXACT : ROWS);
    }

    @Override
    public Reader reader(CodecLibrary codecs) {
      return (row, field) ->
          new Payload.Points(dimensions, SeqNumbers.points(row.getSeq(field), dimensions));
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
    public Reader reader(CodecLibrary codecs) {
      return (row, field) -> SeqNumbers.series(row.getSeq(field), channels);
    }
  }
}
