package tributary.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;

/**
 * What Spark gives a job as it is configured, known before any executor starts: tasks that run at
 * once in one JVM, its heap, the tasks that share a GPU. On the driver.
 */
record Cluster(SparkSession spark) {
  SparkConf conf() {
    return spark.sparkContext().getConf();
  }

  /** Whether tasks run in this JVM. */
  boolean local() {
    String master = spark.sparkContext().master();
    return master.equals("local") || master.startsWith("local[");
  }

  /** Tasks that run at once in one JVM, at least 1. */
  long tasks() {
    int cores =
        local()
            ? spark.sparkContext().defaultParallelism()
            : conf().getInt("spark.executor.cores", 1);
    return Math.max(1, cores / taskCpus());
  }

  /** Bytes of one JVM. */
  long heap() {
    return local()
        ? Runtime.getRuntime().maxMemory()
        : conf().getSizeAsBytes("spark.executor.memory", "1g");
  }

  /** Tasks that share a GPU: Spark's, or all of a local run, which has no resources. */
  int gpuTasks() {
    return local() ? (int) tasks() : Gpus.tasks(conf());
  }

  /** BLAS threads of a task. */
  int threads(JobConfig config) {
    return config.run().threads() > 0 ? config.run().threads() : taskCpus();
  }

  private int taskCpus() {
    return Math.max(1, conf().getInt("spark.task.cpus", 1));
  }
}
