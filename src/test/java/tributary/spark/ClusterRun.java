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
 * Runs in a JVM of their own, for masters that can't share the tests' session: arguments input
 * table, then for each run its master, output folder, and what happens to the first attempt of
 * every third task (nothing, `throw`, or `halt`: its executor dies). Runs in a row that name one
 * master share its session.
 */
public final class ClusterRun {
  private ClusterRun() {}

  public static void main(String[] args) {
    String master = "";
    SparkSession spark = null;
    try {
      for (int i = 1; i < args.length; i += 3) {
        if (spark == null || !master.equals(args[i])) {
          if (spark != null) {
            spark.stop();
          }
          master = args[i];
          spark = session(master);
        }
        run(spark, args[0], Path.of(args[i + 1]), args[i + 2]);
      }
    } finally {
      if (spark != null) {
        spark.stop();
      }
    }
  }

  private static SparkSession session(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("cluster-run")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.executor.extraClassPath", Fork.classPath())
        .config(
            "spark.executor.extraJavaOptions",
            Fork.executorOptions()
                + " -Dorg.bytedeco.javacpp.cachedir="
                + System.getProperty("org.bytedeco.javacpp.cachedir"))
        .config("spark.sql.artifact.isolation.enabled", "false")
        .config("spark.task.maxFailures", "6")
        .config("spark.excludeOnFailure.enabled", "false")
        .getOrCreate();
  }

  private static void run(SparkSession spark, String input, Path output, String failure) {
    spark
        .udf()
        .register(
            "first_attempt_fails",
            (UDF1<byte[], byte[]>) caption -> failing(failure, caption),
            DataTypes.BinaryType);
    Dataset<Row> table = spark.read().parquet(input).repartition(6);
    table =
        table.withColumn("caption", callUDF("first_attempt_fails", col("caption").cast("binary")));
    JobConfig job = TestJob.in(output).run(6, 20_000, 200).build();
    System.out.println(FuseJob.run(job, Map.of(), spark, table).json());
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
