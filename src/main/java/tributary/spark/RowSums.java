package tributary.spark;

import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.arrays_zip;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_keys;
import static org.apache.spark.sql.functions.map_values;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;

/**
 * Hashes of rows and what they sum up to, whatever the rows' order: two tables with equal sums have
 * the rows of each other. A hash is Spark's xxhash64; its two halves are summed each, in 64 bits.
 *
 * @param rows up to 2^31
 */
record RowSums(long rows, long low, long high) {
  private static final long HALF = 0xFFFFFFFFL;

  /** The names of what {@link #aggregates} gives. */
  private static final String ROWS = "rows";

  private static final String LOW = "low";
  private static final String HIGH = "high";

  /**
   * A hash of some columns, as {@link #exact} tells them.
   *
   * @param columns names, in any order: they are hashed in the schema's
   */
  static Column hash(StructType schema, Collection<String> columns) {
    StructType chosen =
        new StructType(
            Arrays.stream(schema.fields())
                .filter(f -> columns.contains(f.name()))
                .toArray(StructField[]::new));
    return exact(chosen, f -> col("`" + f.name().replace("`", "``") + "`"));
  }

  /**
   * A hash of all fields of a struct that tells apart what Spark's own does not: values that are
   * null, arrays by their lengths, zeros by their signs.
   */
  static Column exact(Column struct, StructType schema) {
    return exact(schema, f -> struct.getField(f.name()));
  }

  /**
   * As {@link #exact}, of values that are no struct.
   *
   * @param fields one or more
   */
  static Column exact(StructType fields, Function<StructField, Column> value) {
    return xxhash64(
        Arrays.stream(fields.fields())
            .flatMap(f -> told(value.apply(f), f.dataType()).stream())
            .toArray(Column[]::new));
  }

  /** Whether a value is null, and all that it is. */
  private static List<Column> told(Column value, DataType type) {
    List<Column> all = new ArrayList<>(List.of(value.isNull()));
    if (type instanceof MapType map) {
      all.addAll(told(map_keys(value), DataTypes.createArrayType(map.keyType())));
      all.addAll(told(map_values(value), DataTypes.createArrayType(map.valueType())));
    } else if (type instanceof ArrayType array) {
      all.add(size(value));
      all.addAll(elements(value, array.elementType()));
    } else if (type instanceof StructType struct) {
      for (StructField f : struct.fields()) {
        all.addAll(told(value.getField(f.name()), f.dataType()));
      }
    } else if (type instanceof VariantType) {
      all.add(value.cast(DataTypes.StringType));
    } else {
      all.add(value);
      if (isFloating(type)) {
        all.add(isNegativeZero(value));
      }
    }
    return all;
  }

  private static List<Column> elements(Column array, DataType type) {
    if (type instanceof NumericType || type instanceof StringType) {
      return List.of(array, marks(array, type));
    }
    return List.of(
        transform(
            array,
            e -> {
              List<Column> told = told(e, type);
              return struct(
                  IntStream.range(0, told.size())
                      .mapToObj(i -> told.get(i).as("_" + i))
                      .toArray(Column[]::new));
            }));
  }

  private static boolean isFloating(DataType type) {
    return type.equals(DataTypes.FloatType) || type.equals(DataTypes.DoubleType);
  }

  /** Spark takes both zeros for the same. */
  private static Column isNegativeZero(Column value) {
    return value.equalTo(0).and(value.cast(DataTypes.StringType).equalTo("-0.0"));
  }

  /**
   * Where among an array's numbers or texts are nulls, and where negative zeros. Without a lambda:
   * Spark compiles none, nor what it is a part of, and writes the code of that anew for each task.
   */
  private static Column marks(Column array, DataType type) {
    boolean number = type instanceof NumericType;
    // Numbers as texts tell both; beside its place, a text that is null is seen.
    Column marks =
        number
            ? array.cast(DataTypes.StringType)
            : arrays_zip(array, sequence(lit(0), size(array)));
    // Null where there are nulls and no zero: a loop of compiled code.
    Column zero = lit(number ? 0 : "").cast(type);
    return when(coalesce(array_contains(array, zero), lit(true)), marks);
  }

  /** What sums the hashes up. */
  static Column[] aggregates(Column hash) {
    return new Column[] {
      count(lit(1)).as(ROWS), half(hash.bitwiseAND(HALF), LOW), half(upper(hash), HIGH)
    };
  }

  private static Column upper(Column hash) {
    return shiftrightunsigned(hash, 32);
  }

  private static Column half(Column half, String name) {
    return coalesce(sum(half), lit(0L)).as(name);
  }

  /** Of the rows of both. */
  RowSums plus(RowSums other) {
    return new RowSums(rows + other.rows, low + other.low, high + other.high);
  }

  /** What {@link #aggregates} gave, as one row. */
  static RowSums of(Row row) {
    return new RowSums(row.getLong(0), row.getLong(1), row.getLong(2));
  }

  /** What {@link #aggregates} gave, by name. */
  static RowSums of(Map<String, Object> named) {
    return new RowSums(number(named, ROWS), number(named, LOW), number(named, HIGH));
  }

  private static long number(Map<String, Object> named, String name) {
    return Objects.requireNonNull((Long) named.get(name), name);
  }
}
