package tributary.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.shiftrightunsigned;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
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
   * A hash of some columns.
   *
   * @param columns names, in any order: they are hashed in the schema's
   */
  static Column hash(StructType schema, Collection<String> columns) {
    return xxhash64(
        Arrays.stream(schema.fields())
            .filter(f -> columns.contains(f.name()))
            .map(f -> hashable(col("`" + f.name() + "`"), f.dataType()))
            .toArray(Column[]::new));
  }

  /**
   * A hash of all fields of a struct that tells apart what {@link #hash} does not: values that are
   * null, arrays by their lengths, numbers by their signs.
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
            .map(f -> told(value.apply(f), f.dataType()))
            .toArray(Column[]::new));
  }

  private static Column told(Column value, DataType type) {
    Column own = value;
    if (type instanceof MapType map) {
      StructType entry = new StructType().add("key", map.keyType()).add("value", map.valueType());
      return told(map_entries(value), DataTypes.createArrayType(entry));
    } else if (type instanceof ArrayType array) {
      Column elements = transform(value, e -> told(e, array.elementType()));
      own = struct(size(value).as("size"), elements.as("elements"));
    } else if (type instanceof StructType struct) {
      own =
          struct(
              Arrays.stream(struct.fields())
                  .map(f -> told(value.getField(f.name()), f.dataType()).as(f.name()))
                  .toArray(Column[]::new));
    } else if (type instanceof VariantType
        || type.equals(DataTypes.FloatType)
        || type.equals(DataTypes.DoubleType)) {
      own = value.cast(DataTypes.StringType);
    }
    return struct(value.isNull().as("none"), own.as("value"));
  }

  /** Spark hashes no maps and no variants. */
  private static Column hashable(Column value, DataType type) {
    if (type instanceof MapType map) {
      DataType entries =
          DataTypes.createArrayType(
              new StructType().add("key", map.keyType()).add("value", map.valueType()));
      return hashable(map_entries(value), entries);
    }
    if (type instanceof VariantType) {
      return value.cast(DataTypes.StringType);
    }
    if (isPlain(type)) {
      return value;
    }
    if (type instanceof ArrayType array) {
      return transform(value, element -> hashable(element, array.elementType()));
    }
    StructType fields = (StructType) type;
    Column[] hashable =
        Arrays.stream(fields.fields())
            .map(f -> hashable(value.getField(f.name()), f.dataType()).as(f.name()))
            .toArray(Column[]::new);
    return when(value.isNotNull(), struct(hashable));
  }

  private static boolean isPlain(DataType type) {
    if (type instanceof ArrayType array) {
      return isPlain(array.elementType());
    }
    if (type instanceof StructType fields) {
      return Arrays.stream(fields.fields()).map(StructField::dataType).allMatch(RowSums::isPlain);
    }
    return !(type instanceof MapType || type instanceof VariantType);
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
