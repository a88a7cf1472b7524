package tributary.spark;

import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import tributary.model.ModalitySpec;
import tributary.read.Medium;

/** Which types of column a modality takes, and what their cells then are. On the driver. */
final class ColumnTypes {
  private ColumnTypes() {}

  /**
   * Cells that hold paths, as yet without a base; none where the modality or type has no files.
   *
   * @param column as the user named it
   */
  static Optional<CellForm> paths(ModalitySpec kind, DataType type, String column) {
    return medium(kind)
        .filter(m -> type instanceof StringType)
        .map(m -> new CellForm.FilePath(m, column, ""));
  }

  private static Optional<Medium> medium(ModalitySpec kind) {
    if (kind instanceof ModalitySpec.Text) {
      return Optional.of(Medium.TEXT);
    }
    if (picture(kind)) {
      return Optional.of(Medium.PICTURE);
    }
    if (isSpatial(kind)) {
      return Optional.of(Medium.MESH);
    }
    return kind instanceof ModalitySpec.Audio ? Optional.of(Medium.SOUND) : Optional.empty();
  }

  /**
   * Cells that hold the payload itself; none where the modality doesn't take the type.
   *
   * @param column as the user named it
   */
  static Optional<CellForm> values(ModalitySpec kind, DataType type, String column) {
    if (kind instanceof ModalitySpec.Text) {
      return form(new CellForm.Text(), type instanceof StringType || type instanceof BinaryType);
    }
    if (picture(kind)) {
      return type instanceof BinaryType
          ? Optional.of(new CellForm.Encoded(Medium.PICTURE))
          : form(new CellForm.Picture(), isPicture(type));
    }
    if (kind instanceof ModalitySpec.Audio) {
      return type instanceof BinaryType
          ? Optional.of(new CellForm.Encoded(Medium.SOUND))
          : samples(type, column);
    }
    if (kind instanceof ModalitySpec.Series s) {
      return form(new CellForm.Series(s.values()), isSeries(type));
    }
    if (kind instanceof ModalitySpec.Points p) {
      return type instanceof BinaryType && isSpatial(kind)
          ? Optional.of(new CellForm.Encoded(Medium.MESH))
          : form(new CellForm.Points(p.dimensions(), p.scaled()), isMatrix(type));
    }
    return isNumbers(type)
        ? Optional.of(new CellForm.Vector(kind.channels()))
        : form(new CellForm.Vectors(kind.channels()), isMatrix(type));
  }

  /**
   * Integers are samples of their whole range, as other programs give them; what a bigint or a
   * decimal of 16 bits would be can't be known.
   */
  private static Optional<CellForm> samples(DataType type, String column) {
    if (!(type instanceof ArrayType array)) {
      return Optional.empty();
    }
    DataType number = array.elementType();
    if (number instanceof FloatType || number instanceof DoubleType) {
      return Optional.of(new CellForm.Samples(column, 1));
    }
    if (number instanceof ByteType
        || number instanceof ShortType
        || number instanceof IntegerType) {
      float range = (float) (1L << 8 * number.defaultSize() - 1);
      return Optional.of(new CellForm.Samples(column, range));
    }
    return Optional.empty();
  }

  private static Optional<CellForm> form(CellForm form, boolean taken) {
    return taken ? Optional.of(form) : Optional.empty();
  }

  /** The rule that a column broke. */
  static String accepted(ModalitySpec kind, boolean path) {
    if (path) {
      return "from: path needs a string, and a modality of text, image, audio or points of three"
          + " dimensions";
    }
    return switch (kind.kind()) {
      case "text" -> "text takes string or binary";
      case "image", "pixels" ->
          kind.kind()
              + " takes binary, struct<height: int, width: int, nChannels: int, mode: int, data: binary> or from: path";
      case "audio" ->
          "audio takes binary, from: path, or with a rate array<float or double> in -1 to 1 or"
              + " array<tinyint, smallint or int> in their whole range; samples of 16 bits in other"
              + " numbers by column: transform(pcm, x -> float(x / 32768))";
      case "series" -> "series takes array<struct<t: timestamp or number, values: array<double>>>";
      case "points" ->
          "points takes array<array<float or double>>, and in three dimensions binary (a mesh) or"
              + " from: path";
      default -> kind.kind() + " takes array<float> or array<array<float>>";
    };
  }

  /** Files of meshes and points have three coordinates each. */
  private static boolean isSpatial(ModalitySpec kind) {
    return kind instanceof ModalitySpec.Points p && p.dimensions() == Medium.SPACE;
  }

  private static boolean picture(ModalitySpec kind) {
    return kind instanceof ModalitySpec.Image || kind instanceof ModalitySpec.Pixels;
  }

  private static boolean isPicture(DataType type) {
    return type instanceof StructType s
        && CellForm.Picture.NUMBERS.stream().allMatch(f -> has(s, f, IntegralType.class))
        && has(s, CellForm.Picture.DATA, BinaryType.class);
  }

  private static boolean has(StructType struct, String field, Class<? extends DataType> type) {
    return Arrays.asList(struct.fieldNames()).contains(field)
        && type.isInstance(struct.apply(field).dataType());
  }

  private static boolean isNumbers(DataType type) {
    return type instanceof ArrayType a && a.elementType() instanceof NumericType;
  }

  private static boolean isMatrix(DataType type) {
    return type instanceof ArrayType a && isNumbers(a.elementType());
  }

  private static boolean isSeries(DataType type) {
    return type instanceof ArrayType a
        && a.elementType() instanceof StructType s
        && Arrays.asList(s.fieldNames()).contains("t")
        && Arrays.asList(s.fieldNames()).contains("values")
        && isTime(s.apply("t").dataType())
        && isNumbers(s.apply("values").dataType());
  }

  private static boolean isTime(DataType t) {
    return t instanceof NumericType || t instanceof TimestampType || t instanceof TimestampNTZType;
  }
}
