package tributary.spark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;

/** One local SparkSession for all tests of a JVM, and what jobs wrote. */
public final class SparkFixture {
  private static final class Session {
    static final SparkSession SPARK =
        SparkSession.builder()
            .master("local[2]")
            .appName("tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.hadoop.fs.file.impl", LocalFiles.class.getName())
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
  }

  private SparkFixture() {}

  public static SparkSession spark() {
    return Session.SPARK;
  }

  /** Embeddings by id, as written. */
  public static Map<String, List<Float>> embeddings(JobConfig job) {
    Dataset<Row> table = spark().read().format(job.output().format()).load(job.output().path());
    Map<String, List<Float>> out = new LinkedHashMap<>();
    for (Row row : table.select("id", "embedding").orderBy("id").collectAsList()) {
      out.put(row.getString(0), row.getList(1));
    }
    return out;
  }

  public static float[] floats(List<Float> boxed) {
    float[] x = new float[boxed.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = boxed.get(i);
    }
    return x;
  }
}
