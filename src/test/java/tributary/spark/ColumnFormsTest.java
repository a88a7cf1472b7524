package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.model.ModalitySpec;
import tributary.read.Medium;

/**
 * What the cells of a column are, by the modality and the column's type; no other type is taken.
 */
class ColumnFormsTest {
  private static final ModalitySpec TEXT = new ModalitySpec.Text();
  private static final ModalitySpec IMAGE =
      new ModalitySpec.Image(16, 4, ModalitySpec.Image.Order.RASTER);
  private static final ModalitySpec PIXELS = new ModalitySpec.Pixels(8, 8);
  private static final ModalitySpec AUDIO =
      new ModalitySpec.Audio(8000, ModalitySpec.Audio.Form.RAW, 64, 64, 0);
  private static final ModalitySpec VECTORS = new ModalitySpec.Vectors(3);
  private static final ModalitySpec SERIES = new ModalitySpec.Series(4, 2, 1, 100);
  private static final ModalitySpec POINTS =
      new ModalitySpec.Points(2, ModalitySpec.Image.Order.MORTON);
  private static final ModalitySpec RAW = new ModalitySpec.Raw(5);

  private static final DataType PICTURE =
      new StructType()
          .add("origin", DataTypes.StringType)
          .add("height", DataTypes.IntegerType)
          .add("width", DataTypes.IntegerType)
          .add("nChannels", DataTypes.IntegerType)
          .add("mode", DataTypes.IntegerType)
          .add("data", DataTypes.BinaryType);
  private static final DataType NUMBERS = DataTypes.createArrayType(DataTypes.DoubleType);
  private static final DataType MATRIX = DataTypes.createArrayType(NUMBERS);
  private static final List<DataType> TYPES =
      List.of(
          DataTypes.StringType,
          DataTypes.BinaryType,
          DataTypes.IntegerType,
          PICTURE,
          ((StructType) PICTURE).add("more", DataTypes.StringType),
          new StructType().add("height", DataTypes.IntegerType),
          NUMBERS,
          MATRIX,
          DataTypes.createArrayType(DataTypes.StringType),
          DataTypes.createArrayType(PICTURE),
          timed(DataTypes.DoubleType),
          timed(DataTypes.TimestampType),
          timed(DataTypes.TimestampNTZType),
          timed(DataTypes.StringType),
          DataTypes.createArrayType(new StructType().add("t", DataTypes.DoubleType)),
          DataTypes.createArrayType(DataTypes.ByteType),
          DataTypes.createArrayType(DataTypes.ShortType),
          DataTypes.createArrayType(DataTypes.IntegerType),
          DataTypes.createArrayType(DataTypes.FloatType),
          DataTypes.createArrayType(DataTypes.LongType),
          DataTypes.createArrayType(DataTypes.createDecimalType(9, 4)),
          picture(DataTypes.LongType, DataTypes.BinaryType),
          picture(DataTypes.ShortType, DataTypes.BinaryType),
          picture(DataTypes.DoubleType, DataTypes.BinaryType),
          picture(DataTypes.StringType, DataTypes.BinaryType),
          picture(DataTypes.IntegerType, DataTypes.StringType),
          picture(DataTypes.IntegerType, NUMBERS));

  private static DataType picture(DataType height, DataType data) {
    return new StructType()
        .add("data", data)
        .add("mode", DataTypes.ByteType)
        .add("height", height)
        .add("width", DataTypes.IntegerType)
        .add("nChannels", DataTypes.IntegerType);
  }

  private static DataType timed(DataType t) {
    return DataTypes.createArrayType(new StructType().add("values", NUMBERS).add("t", t));
  }

  /** What a modality takes: the form by the place of the type in the list. */
  record Taken(ModalitySpec kind, Map<Integer, CellForm> values, Optional<Medium> files) {}

  private static Taken taken(ModalitySpec kind, Optional<Medium> files, Object... placesAndForms) {
    Map<Integer, CellForm> values = new LinkedHashMap<>();
    for (int i = 0; i < placesAndForms.length; i += 2) {
      values.put((Integer) placesAndForms[i], (CellForm) placesAndForms[i + 1]);
    }
    return new Taken(kind, values, files);
  }

  static List<Taken> all() {
    Optional<Medium> none = Optional.empty();
    CellForm series = new CellForm.Series(4);
    return List.of(
        taken(TEXT, Optional.of(Medium.TEXT), 0, new CellForm.Text(), 1, new CellForm.Text()),
        pictures(IMAGE),
        pictures(PIXELS),
        taken(
            AUDIO,
            Optional.of(Medium.SOUND),
            1,
            new CellForm.Encoded(Medium.SOUND),
            6,
            new CellForm.Samples("c", 1),
            15,
            new CellForm.Samples("c", 128),
            16,
            new CellForm.Samples("c", 32768),
            17,
            new CellForm.Samples("c", 2147483648f),
            18,
            new CellForm.Samples("c", 1)),
        numbers(VECTORS, 3),
        taken(SERIES, none, 10, series, 11, series, 12, series),
        taken(POINTS, none, 7, new CellForm.Points(2, false)),
        taken(
            new ModalitySpec.Points(
                3,
                ModalitySpec.Image.Order.MORTON,
                ModalitySpec.Points.Normalize.UNIT,
                ModalitySpec.Points.POINTS,
                0),
            Optional.of(Medium.MESH),
            1,
            new CellForm.Encoded(Medium.MESH),
            7,
            new CellForm.Points(3, true)),
        numbers(RAW, 5));
  }

  private static Taken pictures(ModalitySpec kind) {
    Map<Integer, CellForm> values = new LinkedHashMap<>();
    values.put(1, new CellForm.Encoded(Medium.PICTURE));
    for (int place : new int[] {3, 4, 21, 22}) {
      values.put(place, new CellForm.Picture());
    }
    return new Taken(kind, values, Optional.of(Medium.PICTURE));
  }

  /** Arrays of any numbers, and arrays of such arrays. */
  private static Taken numbers(ModalitySpec kind, int width) {
    Map<Integer, CellForm> values = new LinkedHashMap<>();
    for (int place : new int[] {6, 15, 16, 17, 18, 19, 20}) {
      values.put(place, new CellForm.Vector(width));
    }
    values.put(7, new CellForm.Vectors(width));
    return new Taken(kind, values, Optional.empty());
  }

  @ParameterizedTest
  @MethodSource("all")
  void aModalityTakesTheseTypesAlone(Taken taken) {
    for (int i = 0; i < TYPES.size(); i++) {
      DataType type = TYPES.get(i);
      assertThat(ColumnTypes.values(taken.kind(), type, "c"))
          .as("%s in %s", taken.kind(), type.simpleString())
          .isEqualTo(Optional.ofNullable(taken.values().get(i)));
      Optional<CellForm> file =
          i == 0 ? taken.files().map(m -> new CellForm.FilePath(m, "c", "")) : Optional.empty();
      assertThat(ColumnTypes.paths(taken.kind(), type, "c"))
          .as("paths to %s in %s", taken.kind(), type.simpleString())
          .isEqualTo(file);
    }
  }
}
