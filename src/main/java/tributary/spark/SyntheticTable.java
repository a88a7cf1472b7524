package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.Problems;
import tributary.synthetic.SyntheticRecord;
import tributary.synthetic.SyntheticRecords;

/**
 * The synthetic set as a table: id, caption (string), picture (binary, PNG), sound (binary, WAV),
 * sensors (array of t and three values), label, sublabel. Rows are made in the tasks; a row depends
 * on the seed and its number alone.
 */
public final class SyntheticTable {
  private SyntheticTable() {}

  private static final StructType SCHEMA =
      new StructType(
          new StructField[] {
            DataTypes.createStructField("id", DataTypes.StringType, true),
            DataTypes.createStructField("caption", DataTypes.BinaryType, true),
            DataTypes.createStructField("picture", DataTypes.BinaryType, true),
            DataTypes.createStructField("sound", DataTypes.BinaryType, true),
            DataTypes.createStructField(
                "sensors",
                DataTypes.createArrayType(
                    DataTypes.createStructType(
                        new StructField[] {
                          DataTypes.createStructField("t", DataTypes.DoubleType, false),
                          DataTypes.createStructField(
                              "values",
                              DataTypes.createArrayType(DataTypes.DoubleType, false),
                              false)
                        })),
                true),
            DataTypes.createStructField("label", DataTypes.StringType, false),
            DataTypes.createStructField("sublabel", DataTypes.StringType, false)
          });

  /** Writes `records` records to a Parquet table; the folder must not exist. */
  public static void write(
      SparkSession spark,
      long records,
      long seed,
      int longest,
      double missing,
      int bad,
      String out) {
    Problems problems = new Problems();
    if (SinkPlaces.writable(spark, "--out", out, problems)) {
      problems.invalid("--out", out, "exists already");
    }
    problems.refuse();
    frame(spark, records, seed, longest, missing, bad, 0)
        .write()
        .format("parquet")
        .mode(SaveMode.ErrorIfExists)
        .save(out);
  }

  /** The table, in `partitions` partitions; 0 for as many as there are cores. */
  public static Dataset<Row> frame(
      SparkSession spark,
      long records,
      long seed,
      int longest,
      double missing,
      int bad,
      int partitions) {
    int cut = partitions > 0 ? partitions : spark.sparkContext().defaultParallelism();
    return spark
        .range(0, records, 1, cut)
        .map(new ToRow(seed, records, longest, missing, bad), Encoders.row(SCHEMA))
        .withColumn("caption", col("caption").cast(DataTypes.StringType));
  }

  private record ToRow(long seed, long records, int longest, double missing, int bad)
      implements MapFunction<Long, Row>, Serializable {
    @Override
    public Row call(Long i) {
      return row(new SyntheticRecords(seed, records, longest, missing, bad).record(i));
    }
  }

  private static Row row(SyntheticRecord r) {
    return RowFactory.create(
        r.id(), r.caption(), r.picture(), r.sound(), sensors(r), r.label(), r.sublabel());
  }

  private static @Nullable Object sensors(SyntheticRecord r) {
    double[] times = r.times();
    double[] values = r.values();
    if (times == null || values == null) {
      return null;
    }
    List<Row> rows = new ArrayList<>(times.length);
    for (int i = 0; i < times.length; i++) {
      List<Double> three = List.of(values[3 * i], values[3 * i + 1], values[3 * i + 2]);
      rows.add(RowFactory.create(times[i], CollectionConverters.asScala(three).toSeq()));
    }
    return CollectionConverters.asScala(rows).toSeq();
  }

  /**
   * Input format `synthetic`: options records, seed, long, missing, bad; null, with problems, where
   * they do not fit.
   */
  static @Nullable Dataset<Row> frame(
      SparkSession spark, Map<String, String> options, Problems problems) {
    Set<String> known = Set.of("records", "seed", "long", "missing", "bad");
    int before = problems.all().size();
    options.keySet().stream()
        .filter(k -> !known.contains(k))
        .sorted()
        .forEach(
            k ->
                problems.invalid(
                    "input.options." + k,
                    String.valueOf(options.get(k)),
                    "synthetic knows " + new java.util.TreeSet<>(known)));
    long records = number(options, "records", 1000L, Long::parseLong, problems);
    long seed = number(options, "seed", 1L, Long::parseLong, problems);
    int longest = number(options, "long", 2000, Integer::parseInt, problems);
    double missing = number(options, "missing", 0.2, Double::parseDouble, problems);
    int bad = number(options, "bad", 0, Integer::parseInt, problems);
    check("input.options.", 0, records, longest, missing, bad, problems);
    return problems.all().size() > before
        ? null
        : frame(spark, records, seed, longest, missing, bad, 0);
  }

  /**
   * Reports what no synthetic set can have.
   *
   * @param prefix of the keys: `--` or `input.options.`
   * @param least records
   */
  public static void check(
      String prefix,
      long least,
      long records,
      int longest,
      double missing,
      int bad,
      Problems problems) {
    if (records < least) {
      problems.invalid(prefix + "records", records, "a whole number >= " + least);
    } else if (records > SyntheticRecords.MOST) {
      problems.invalid(prefix + "records", records, "at most " + SyntheticRecords.MOST);
    }
    if (longest < 1) {
      problems.invalid(prefix + "long", longest, "a whole number >= 1");
    }
    if (!(missing >= 0 && missing <= 1)) {
      problems.invalid(prefix + "missing", missing, "a number in [0, 1]");
    }
    if (bad < 0 || 2L * bad > Math.max(records, 0)) {
      problems.invalid(prefix + "bad", bad, "0 to half of the records, " + records);
    }
  }

  private static <T> T number(
      Map<String, String> options,
      String key,
      T otherwise,
      Function<String, T> parse,
      Problems problems) {
    String value = options.get(key);
    if (value == null) {
      return otherwise;
    }
    try {
      return parse.apply(value);
    } catch (NumberFormatException e) {
      problems.invalid("input.options." + key, value, "a number");
      return otherwise;
    }
  }
}
