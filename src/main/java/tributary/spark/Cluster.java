package tributary.spark;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig;
import tributary.tensor.nd4j.Kernels;

/**
 * What Spark gives a job as it is configured, known before any executor starts: tasks that run at
 * once in one JVM, its heap, what its kernels may take. On the driver.
 */
record Cluster(SparkSession spark) {
  SparkConf conf() {
    return spark.sparkContext().getConf();
  }

  /** Whether tasks run in this JVM. */
  boolean local() {
    return local(spark.sparkContext().master());
  }

  /**
   * Whether they will.
   *
   * @param conf as spark-submit gave it
   */
  static boolean local(SparkConf conf) {
    return local(conf.get("spark.master", ""));
  }

  private static boolean local(String master) {
    return master.equals("local") || master.startsWith("local[");
  }

  /**
   * What a job will ask for on the CPU of this JVM, as far as the configuration tells before there
   * is a session.
   *
   * @param conf as spark-submit gave it
   */
  static Optional<Kernels> ahead(JobConfig config, SparkConf conf) {
    return local(conf) ? Optional.of(kernels(config, taskCpus(conf), 1)) : Optional.empty();
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
  private int gpuTasks() {
    return local() ? (int) tasks() : Gpus.tasks(conf());
  }

  /** What a job asks for here, before `auto` is resolved and tasks have their GPUs. */
  Kernels kernels(JobConfig config) {
    return kernels(config, taskCpus(), gpuTasks());
  }

  private static Kernels kernels(JobConfig config, int taskCpus, int gpuTasks) {
    int threads = config.run().threads() > 0 ? config.run().threads() : taskCpus;
    return new Kernels(config.kernels(), config.precision(), threads, "", gpuTasks);
  }

  private int taskCpus() {
    return taskCpus(conf());
  }

  private static int taskCpus(SparkConf conf) {
    return Math.max(1, conf.getInt("spark.task.cpus", 1));
  }
}
