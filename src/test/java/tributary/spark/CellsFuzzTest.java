package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;
import tributary.write.BudgetExceeded;
import tributary.write.RunManifest;

/**
 * Cells of every column type, most of them wrong: random bytes, damaged files, nulls at every
 * depth, numbers that are none, paths of any characters. The job ends well and accounts for every
 * record. So many cells as the system property `tributary.fuzz.cells` says.
 */
class CellsFuzzTest {
  private static final int CELLS = Integer.getInteger("tributary.fuzz.cells", 6_000);
  private static final long SEED = Long.getLong("tributary.fuzz.seed", 12);

  private static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);
  private static final DataType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType);
  private static final DataType PICTURE =
      new StructType()
          .add("origin", DataTypes.StringType)
          .add("height", DataTypes.IntegerType)
          .add("width", DataTypes.LongType)
          .add("nChannels", DataTypes.ShortType)
          .add("mode", DataTypes.IntegerType)
          .add("data", DataTypes.BinaryType);

  @TempDir Path folder;

  /** Which types a table's columns have. */
  enum Types {
    ENCODED(
        DataTypes.BinaryType,
        DataTypes.BinaryType,
        DataTypes.BinaryType,
        timed(DataTypes.DoubleType, DOUBLES),
        DataTypes.createArrayType(FLOATS),
        DataTypes.createArrayType(DOUBLES)),
    NUMBERS(
        DataTypes.StringType,
        PICTURE,
        FLOATS,
        timed(DataTypes.TimestampType, FLOATS),
        DOUBLES,
        DataTypes.createArrayType(FLOATS)),
    PATHS(
        DataTypes.StringType,
        DataTypes.StringType,
        DataTypes.StringType,
        timed(DataTypes.LongType, DOUBLES),
        FLOATS,
        DataTypes.createArrayType(FLOATS));

    private final List<DataType> types;

    Types(DataType... types) {
      this.types = List.of(types);
    }

    private static DataType timed(DataType time, DataType values) {
      return DataTypes.createArrayType(new StructType().add("values", values).add("t", time));
    }

    private StructType schema() {
      StructType schema =
          new StructType().add("id", DataTypes.StringType).add("rate", DataTypes.StringType);
      for (int i = 0; i < types.size(); i++) {
        schema = schema.add("c" + i, types.get(i));
      }
      return schema;
    }
  }

  @ParameterizedTest
  @EnumSource
  void theJobEndsWellAndAccountsForEveryRecord(Types types) throws IOException {
    int records = CELLS / Types.values().length / types.types.size();
    List<Row> rows = rows(types, records);
    Dataset<Row> table = SparkFixture.spark().createDataFrame(rows, types.schema()).repartition(4);
    JobConfig job = job(types);
    RunManifest manifest = FuseJob.run(job, Map.of(), SparkFixture.spark(), table);

    RunManifest.Counts counts = manifest.counts();
    assertThat(counts.in()).as("seed %d", SEED).isEqualTo(records);
    assertThat(counts.out() + counts.quarantined()).isEqualTo(records);
    assertThat(counts.out()).isPositive();
    assertThat(counts.reasons()).as("what nobody foresaw").doesNotContainKey("UNREADABLE");
    assertThat(counts.reasons()).hasSizeGreaterThan(types == Types.PATHS ? 3 : 5);
    assertThat(SparkFixture.spark().read().parquet(job.output().path()).count())
        .isEqualTo(counts.out());
    List<Row> told = SparkFixture.spark().read().parquet(job.quarantine().path()).collectAsList();
    assertThat(told).hasSize((int) counts.quarantined());
    assertThat(told).allSatisfy(row -> isTold(row, types == Types.PATHS));
  }

  /** Exit code 3: no output, and an account that is exact all the same. */
  @Test
  void overTheBudgetTheAccountIsExactAndThereIsNoOutput() throws IOException {
    int records = 2_000;
    Types types = Types.NUMBERS;
    List<Row> rows = rows(types, records);
    Dataset<Row> table = SparkFixture.spark().createDataFrame(rows, types.schema()).repartition(3);
    JobConfig job = job(types, 0.01);
    BudgetExceeded ended =
        catchThrowableOfType(
            BudgetExceeded.class, () -> FuseJob.run(job, Map.of(), SparkFixture.spark(), table));
    RunManifest.Counts counts = ended.manifest().orElseThrow().counts();
    assertThat(counts.in()).isEqualTo(records);
    assertThat(counts.out() + counts.quarantined()).isEqualTo(records);
    assertThat(counts.quarantined()).isGreaterThan(records / 100);
    assertThat(SparkFixture.spark().read().parquet(job.quarantine().path()).count())
        .isEqualTo(counts.quarantined());
    assertThat(Path.of(job.output().path())).doesNotExist();
  }

  /** With id, column, reason and digest; of an embedding that overflows no column is the one. */
  private static void isTold(Row told, boolean files) {
    String reason = told.getAs("reason");
    String detail = told.getAs("detail");
    assertThat(detail).isNotBlank();
    if (!detail.startsWith("embedding value")) {
      assertThat(told.<String>getAs("column")).as(detail).matches("id|c[0-5]");
    }
    if (!reason.equals("NULL_ID")) {
      assertThat(told.<String>getAs("id")).as(detail).isNotNull();
    }
    boolean mayBeGone = files && (reason.equals("MISSING_FILE") || reason.equals("NULL_ID"));
    if (!mayBeGone) {
      assertThat(told.<String>getAs("payload_digest")).as(detail).hasSize(64);
    }
  }

  private JobConfig job(Types types) {
    return job(types, 1);
  }

  private JobConfig job(Types types, double maxFraction) {
    JobConfig.Column.From from =
        types == Types.PATHS ? JobConfig.Column.From.PATH : JobConfig.Column.From.VALUE;
    String base = types == Types.PATHS ? folder.toString() : null;
    String rate = types == Types.NUMBERS ? "rate" : null;
    return TestJob.in(folder.resolve("job"))
        .columns("series", "c3", "vectors", "c4", "points", "c5")
        .column("text", new JobConfig.Column("c0", from, base, null, 0))
        .column("image", new JobConfig.Column("c1", from, base, null, 0))
        .column("audio", new JobConfig.Column("c2", from, base, rate, 0))
        .errors(maxFraction, JobConfig.Errors.Duplicates.QUARANTINE)
        .build();
  }

  private List<Row> rows(Types types, int records) throws IOException {
    SyntheticRecords good = new SyntheticRecords(SEED, Math.max(records, 1), 60, 0, 0);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      // Of its own seed, so that a record that fails can be made alone.
      Random random = new Random(SEED * 1_000_003 + types.ordinal() * 31L + i);
      SyntheticRecord whole = good.record(i);
      @Nullable Object[] cells = new @Nullable Object[2 + types.types.size()];
      cells[0] = random.nextInt(50) == 0 ? null : "r" + i;
      cells[1] = rate(random);
      for (int c = 0; c < types.types.size(); c++) {
        // Most cells of a record are absent or as they should be, so that each fault is met.
        int kind = random.nextInt(12);
        cells[2 + c] =
            kind < 5
                ? null
                : types == Types.PATHS && c < 3
                    ? path(random, content(random, whole, c, kind < 9))
                    : cell(random, whole, types.types.get(c), c, kind < 9);
      }
      rows.add(RowFactory.create(cells));
    }
    return rows;
  }

  private static @Nullable String rate(Random random) {
    String[] rates = {"8000", "16000.5", "fast", "NaN", "-1", "1e400", "", " 8000 ", "0x10", "0"};
    int i = random.nextInt(2 * rates.length + 1);
    return i == rates.length ? null : i > rates.length ? "8000" : rates[i];
  }

  /** A cell of a type: right as a whole, or with faults at any depth. */
  private static @Nullable Object cell(
      Random random, SyntheticRecord whole, DataType type, int column, boolean good) {
    if (type instanceof BinaryType) {
      return content(random, whole, column, good);
    }
    if (type instanceof StructType) {
      return picture(random, good);
    }
    if (type.equals(DataTypes.StringType)) {
      return good ? "text " + column : new String(bytes(random, 40), StandardCharsets.ISO_8859_1);
    }
    boolean series = type instanceof ArrayType a && a.elementType() instanceof StructType;
    boolean rows = type instanceof ArrayType a && a.elementType() instanceof ArrayType;
    int width = series || column == 4 ? 3 : 2;
    int length = column == 2 ? random.nextInt(2_000) : rows || series ? random.nextInt(30) : width;
    return array(random, ((ArrayType) type).elementType(), length, width, good);
  }

  private static List<@Nullable Object> array(
      Random random, DataType element, int length, int width, boolean good) {
    int found = good || random.nextBoolean() ? length : random.nextInt(6);
    List<@Nullable Object> array = new ArrayList<>(found);
    for (int i = 0; i < found; i++) {
      boolean bad = !good && random.nextInt(Math.max(2, found)) == 0;
      array.add(bad && random.nextBoolean() ? null : element(random, element, width, !bad));
    }
    return array;
  }

  private static @Nullable Object element(Random random, DataType type, int width, boolean good) {
    if (type instanceof ArrayType a) {
      return array(random, a.elementType(), width, width, good);
    }
    if (type instanceof StructType s) {
      @Nullable Object[] values = new @Nullable Object[s.length()];
      for (int i = 0; i < values.length; i++) {
        StructField field = s.fields()[i];
        boolean gone = !good && random.nextInt(4) == 0;
        values[i] = gone ? null : element(random, field.dataType(), width, good);
      }
      return RowFactory.create(values);
    }
    double[] odd = {Double.NaN, Double.POSITIVE_INFINITY, -1e308, 3e38, 1e-310, -0.0, 1e20};
    double value = good ? random.nextGaussian() : odd[random.nextInt(odd.length)];
    if (type instanceof FloatType) {
      return (float) value;
    }
    if (type instanceof TimestampType) {
      return new Timestamp((long) (value * 1e6) % 4_000_000_000_000L);
    }
    return type instanceof DoubleType ? (Object) value : (Object) (long) value;
  }

  private static Row picture(Random random, boolean good) {
    int height = 1 + random.nextInt(5);
    long width = 1 + random.nextInt(5);
    byte[] data = new byte[(int) (height * width * 3)];
    random.nextBytes(data);
    @Nullable Object[] fields = {"origin", height, width, (short) 3, 16, data};
    if (!good) {
      @Nullable Object[] wrong = {
        null,
        random.nextBoolean() ? null : random.nextInt(),
        random.nextBoolean() ? null : random.nextLong(),
        random.nextBoolean() ? null : (short) random.nextInt(6),
        random.nextBoolean() ? null : random.nextInt(32),
        random.nextBoolean() ? null : bytes(random, 100)
      };
      int at = random.nextInt(wrong.length);
      fields[at] = wrong[at];
    }
    return RowFactory.create(fields);
  }

  /** The bytes of a text, picture or sound: whole, damaged, cut, or of nothing. */
  private static byte[] content(Random random, SyntheticRecord whole, int column, boolean good) {
    byte[] right =
        column == 0
            ? ("a text of höher " + whole.id()).getBytes(StandardCharsets.UTF_8)
            : java.util.Objects.requireNonNull(column == 1 ? whole.picture() : whole.sound());
    if (good) {
      return right;
    }
    byte[] wrong = right.clone();
    return switch (random.nextInt(4)) {
      case 0 -> bytes(random, 200);
      case 1 -> Arrays.copyOf(wrong, random.nextInt(wrong.length));
      case 2 -> {
        byte[] header = Arrays.copyOf(bytes(random, 64), 8);
        System.arraycopy(header, 0, wrong, 8, Math.min(8, wrong.length - 8));
        yield wrong;
      }
      default -> {
        for (int i = 0; i < 8; i++) {
          wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
        }
        yield wrong;
      }
    };
  }

  /** A name of any characters; mostly that of a file with this content. */
  private String path(Random random, byte[] content) throws IOException {
    String[] parts = {
      ":",
      "%",
      "#",
      "?",
      "\\",
      "C:",
      "..",
      ".",
      "//",
      "/",
      " ",
      "*",
      "[",
      "{",
      "data:",
      "x:/",
      "s3a://",
      "http:/",
      "file:/",
      "file:///",
      "nosuch://",
      "é",
      "\u0001",
      "\uD800",
      "\n",
      "%2e",
      "~",
      "$",
      "a",
      "12:30"
    };
    StringBuilder name = new StringBuilder();
    int length = 1 + random.nextInt(4);
    for (int i = 0; i < length; i++) {
      name.append(parts[random.nextInt(parts.length)]);
    }
    if (random.nextInt(3) == 0) {
      return name.toString();
    }
    String plain = name.toString().replaceAll("[/\n\u0001\uD800]", "_") + random.nextInt(1000);
    Files.write(folder.resolve(plain), content);
    return plain;
  }

  private static byte[] bytes(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }
}
