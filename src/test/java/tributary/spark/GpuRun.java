package tributary.spark;

import java.util.Collections;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * A run in a JVM of its own on executors with pretended GPUs: argument a discovery script. Prints
 * how many tasks had which address.
 */
public final class GpuRun {
  private GpuRun() {}

  public static void main(String[] args) {
    SparkSession spark =
        SparkSession.builder()
            .master("local-cluster[2,1,1024]")
            .appName("gpu-run")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.extraClassPath", Fork.classPath())
            .config("spark.executor.extraJavaOptions", Fork.executorOptions())
            .config("spark.worker.resource.gpu.amount", args[1])
            .config("spark.worker.resource.gpu.discoveryScript", args[0])
            .config("spark.executor.resource.gpu.amount", args[1])
            .config("spark.executor.resource.gpu.discoveryScript", args[0])
            .config("spark.task.resource.gpu.amount", args[2])
            .getOrCreate();
    try {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      context
          .parallelize(Collections.nCopies(8, 0), 8)
          .map(i -> Gpus.address(TaskContext.get()))
          .countByValue()
          .forEach((address, tasks) -> System.out.println("address " + address + " " + tasks));
    } finally {
      spark.stop();
    }
  }
}
