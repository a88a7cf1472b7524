package tributary.spark;

import java.util.LinkedHashMap;
import java.util.Map;

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

  private static String implementation(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
