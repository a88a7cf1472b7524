package tributary.spark;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;

/** One local SparkSession for all tests of a JVM, and jobs to run on it. */
public final class SparkFixture {
  private static final class Session {
    static final SparkSession SPARK =
        SparkSession.builder()
            .master("local[2]")
            .appName("tests")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate();
  }

  private SparkFixture() {}

  public static SparkSession spark() {
    return Session.SPARK;
  }

  static final String TINY = "src/test/resources/models/tiny.yaml";

  /** A job over columns named like the synthetic table's. */
  public static JobConfig job(Path folder, String kernels, JobConfig.Run run) {
    Map<String, JobConfig.Column> modalities = new LinkedHashMap<>();
    modalities.put("text", value("caption"));
    modalities.put("image", value("picture"));
    modalities.put("audio", value("sound"));
    modalities.put("series", value("sensors"));
    return new JobConfig(
        new JobConfig.ModelSource(null, TINY, 7),
        new JobConfig.Source("synthetic", null, Map.of("records", "10"), null),
        "id",
        null,
        modalities,
        List.of(),
        sink(folder.resolve("out")),
        sink(folder.resolve("quarantine")),
        folder.resolve("manifest.json").toString(),
        new JobConfig.Errors(1, JobConfig.Errors.Duplicates.QUARANTINE),
        kernels,
        run);
  }

  static JobConfig.Column value(String column) {
    return new JobConfig.Column(column, JobConfig.Column.From.VALUE, null, null, 0);
  }

  static JobConfig.Sink sink(Path path) {
    return new JobConfig.Sink("parquet", path.toString(), JobConfig.Sink.Mode.OVERWRITE, Map.of());
  }

  public static final JobConfig.Run RUN = new JobConfig.Run(0, 1 << 20, 1 << 16, 1);

  /** Embeddings by id, as written. */
  public static Map<String, List<Float>> embeddings(JobConfig job) {
    Dataset<Row> table = spark().read().format(job.output().format()).load(job.output().path());
    Map<String, List<Float>> out = new LinkedHashMap<>();
    for (Row row : table.select("id", "embedding").orderBy("id").collectAsList()) {
      out.put(row.getString(0), row.getList(1));
    }
    return out;
  }
}
