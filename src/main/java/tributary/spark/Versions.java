package tributary.spark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tributary.config.Problems;

/** What runs here, for manifests and --version. */
public final class Versions {
  private Versions() {}

  /** Tributary, Java, Spark, Scala, ND4J. */
  public static Map<String, String> all() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("tributary", implementation(Versions.class));
    versions.put("java", System.getProperty("java.version"));
    versions.put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
    versions.put("scala", scala.util.Properties$.MODULE$.versionNumberString());
    versions.put("nd4j", tributary.tensor.nd4j.Nd4jBackend.version());
    return versions;
  }

  /**
   * Why these don't run together, in a sentence; empty where they do. Java 24 has no
   * Subject.getSubject, which Hadoop before 3.5 asks.
   *
   * @param java feature number
   * @param spark such as 4.1.0
   */
  public static Optional<String> refusal(int java, String spark) {
    if (!spark.startsWith("4.")) {
      return Optional.of("Cannot run on Spark " + spark + ": expected 4.0, 4.1 or 4.2");
    }
    boolean old = spark.startsWith("4.0.") || spark.startsWith("4.1.");
    return old && java >= 24
        ? Optional.of(
            "Cannot run on Java "
                + java
                + ": Spark "
                + spark
                + " needs Java 17 or 21 (Spark 4.2 runs on it)")
        : Optional.empty();
  }

  /** Refuses a Java on which this Spark does not run. */
  public static void check() {
    String spark = org.apache.spark.package$.MODULE$.SPARK_VERSION();
    refusal(Runtime.version().feature(), spark)
        .ifPresent(
            problem -> {
              throw new Problems.Refused(List.of(problem));
            });
  }

  private static String implementation(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
