package tributary.spark;

import static org.apache.spark.sql.functions.callUDF;
import static org.apache.spark.sql.functions.col;

import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import tributary.config.JobConfig;
import tributary.config.TestJob;

/**
 * A run in a JVM of its own, for masters that can't share the tests' session: arguments master,
 * input table, output folder, and what happens to the first attempt of every third task (nothing,
 * `throw`, or `halt`: its executor dies).
 */
public final class ClusterRun {
  private ClusterRun() {}

  public static void main(String[] args) {
    SparkSession spark =
        SparkSession.builder()
            .master(args[0])
            .appName("cluster-run")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .config(
                "spark.executor.extraJavaOptions",
                "-Dorg.bytedeco.javacpp.cachedir="
                    + System.getProperty("org.bytedeco.javacpp.cachedir"))
            .config("spark.sql.artifact.isolation.enabled", "false")
            .config("spark.task.maxFailures", "6")
            .config("spark.excludeOnFailure.enabled", "false")
            .getOrCreate();
    try {
      String failure = args[3];
      spark
          .udf()
          .register(
              "first_attempt_fails",
              (UDF1<byte[], byte[]>) caption -> failing(failure, caption),
              DataTypes.BinaryType);
      Dataset<Row> table = spark.read().parquet(args[1]).repartition(6);
      table =
          table.withColumn(
              "caption", callUDF("first_attempt_fails", col("caption").cast("binary")));
      JobConfig job = TestJob.in(Path.of(args[2])).run(6, 20_000, 200).build();
      System.out.println(FuseJob.run(job, Map.of(), spark, table).json());
    } finally {
      spark.stop();
    }
  }

  private static byte[] failing(String failure, byte[] caption) {
    TaskContext task = TaskContext.get();
    if (task != null
        && task.attemptNumber() == 0
        && task.stageAttemptNumber() == 0
        && task.partitionId() % 3 == 1) {
      if (failure.equals("throw")) {
        throw new IllegalStateException("Cannot go on: this attempt is made to fail");
      }
      if (failure.equals("halt")) {
        Runtime.getRuntime().halt(42);
      }
    }
    return caption;
  }
}
