package tributary.spark;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.internal.SQLConf;

/** Libraries of formats that are no part of Tributary, nor of Spark. On the driver. */
final class Packages {
  /** Coordinates by format, for Spark's version and the first two numbers of it. */
  private static final Map<String, String> LIBRARIES =
      Map.of(
          "delta", "io.delta:delta-spark_%2$s_2.13:4.4.0",
          "iceberg", "org.apache.iceberg:iceberg-spark-runtime-%2$s_2.13:1.12.0",
          "avro", "org.apache.spark:spark-avro_2.13:%1$s");

  private Packages() {}

  /** How to get the library of a format that Spark can't load; none where it can, or of others. */
  static Optional<String> missing(SparkSession spark, String format) {
    String library = LIBRARIES.get(format.toLowerCase(Locale.ROOT));
    if (library == null || isThere(format)) {
      return Optional.empty();
    }
    String version = spark.version();
    String line = version.replaceFirst("^(\\d+\\.\\d+).*", "$1");
    return Optional.of("its library is missing: --packages " + library.formatted(version, line));
  }

  private static boolean isThere(String format) {
    try {
      DataSource.lookupDataSource(format, SQLConf.get());
      return true;
    } catch (Exception e) {
      return false;
    }
  }
}
