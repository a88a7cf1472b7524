package tributary.spark;

import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.is_valid_utf8;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.make_dt_interval;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.unix_micros;
import static org.apache.spark.sql.functions.when;

import java.time.LocalDateTime;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.sql.types.VariantType;

/**
 * What makes rows a record, by the types of the columns: ids as text, two of which are equal only
 * where the ids are, and parts whose order is that of their values. On the driver.
 */
final class RecordKeys {
  private RecordKeys() {}

  /** The rule that an id's type breaks; none where it is taken. */
  static Optional<String> refusedId(DataType type) {
    return type instanceof AtomicType && !(type instanceof VariantType)
        ? Optional.empty()
        : Optional.of("a text, number, time or binary; to_json(...) makes a text of a struct");
  }

  /**
   * The id as text; null where it is none: null, or a string that is no UTF-8.
   *
   * <ul>
   *   <li>Bytes are hexadecimal, as Spark's `hex` writes them: keys of 16 bytes are as common as
   *       texts, and `hex(id)` is what to join the table with.
   *   <li>Timestamps are in UTC: in local time two of them have one text when clocks go back.
   * </ul>
   */
  static Column id(Column id, DataType type) {
    if (type instanceof BinaryType) {
      return hex(id);
    }
    if (type instanceof StringType) {
      return when(is_valid_utf8(id), id.cast(DataTypes.StringType));
    }
    return (type instanceof TimestampType ? utc(id) : id).cast(DataTypes.StringType);
  }

  /** Bytes of an id that is no UTF-8, hexadecimal; null for all others. */
  static Column badId(Column id, DataType type) {
    return type instanceof StringType
        ? when(not(is_valid_utf8(id)), hex(id.cast(DataTypes.BinaryType)))
        : lit(null).cast(DataTypes.StringType);
  }

  /** By arithmetic, for which there is no zone. */
  private static Column utc(Column timestamp) {
    Column seconds =
        unix_micros(timestamp)
            .cast(DataTypes.createDecimalType(19, 0))
            .divide(lit(1_000_000))
            .cast(DataTypes.createDecimalType(18, 6));
    return lit(LocalDateTime.of(1970, 1, 1, 0, 0))
        .plus(make_dt_interval(lit(0), lit(0), lit(0), seconds));
  }

  /** The rule that a part's type breaks; none where it is taken. */
  static Optional<String> refusedPart(String name, DataType type) {
    if (type instanceof NumericType
        || type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType) {
      return Optional.empty();
    }
    String cast =
        type instanceof BinaryType
            ? "try_cast(conv(hex(" + name + "), 16, 10) as decimal(20)) of big-endian bytes"
            : "try_cast(" + name + " as bigint) or try_cast(" + name + " as timestamp)";
    return Optional.of("a number, date or timestamp, for parts have an order: " + cast);
  }
}
