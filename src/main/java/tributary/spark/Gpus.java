package tributary.spark;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Precision;

/** Spark's resource `gpu`: what a job asks for, and what a task was given. */
final class Gpus {
  private static final String EXECUTOR = "spark.executor.resource.gpu.amount";
  private static final String TASK = "spark.task.resource.gpu.amount";

  private Gpus() {}

  /** The address that Spark assigned to the task; empty where it assigned none. */
  static String address(TaskContext task) {
    return address(task.resourcesJMap());
  }

  static String address(Map<String, ResourceInformation> resources) {
    ResourceInformation gpu = resources.get("gpu");
    if (gpu == null || gpu.addresses().length == 0) {
      return "";
    }
    if (gpu.addresses().length > 1) {
      throw new IllegalStateException(
          "Cannot use GPU addresses "
              + String.join(", ", gpu.addresses())
              + ": a task runs on one (set "
              + TASK
              + " to 1 or to a part of it)");
    }
    return gpu.addresses()[0];
  }

  /** Whether the executors are asked to have GPUs. */
  static boolean requested(SparkConf spark) {
    return spark.getDouble(EXECUTOR, 0) > 0 && spark.getDouble(TASK, 0) > 0;
  }

  /** How many tasks share a GPU: as many as the part that a task asks for goes into one. */
  static int tasks(SparkConf spark) {
    double amount = spark.getDouble(TASK, 1);
    return amount > 0 && amount <= 1 ? (int) (1 / amount) : 1;
  }

  /**
   * What is wrong with what a job with `kernels: cuda` asks of a cluster, whose driver need not
   * have a GPU; null where nothing is.
   */
  static @Nullable String problem(SparkConf spark, boolean built, Precision precision) {
    if (!built) {
      return "this build has no CUDA backend: build it with -Pcuda";
    }
    if (precision != Precision.FLOAT32) {
      return "no " + precision + " products there: set precision to float32";
    }
    if (!requested(spark)) {
      return "on a cluster it needs " + EXECUTOR + " and " + TASK;
    }
    if (spark.getDouble(TASK, 0) > 1) {
      return "a task runs on one GPU, " + TASK + " is " + spark.get(TASK);
    }
    double gpus = spark.getDouble(EXECUTOR, 0);
    if (gpus != Math.rint(gpus)) {
      return "an executor has whole GPUs, " + EXECUTOR + " is " + spark.get(EXECUTOR);
    }
    return null;
  }
}
