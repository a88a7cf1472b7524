package tributary.spark.learn;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import tributary.base.Invalid;

/** What Spark asks of a barrier stage, known before it is submitted. On the driver. */
final class LearningChecks {
  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,.*");

  private LearningChecks() {}

  /**
   * All that is wrong.
   *
   * @param parallelism of a local session: its threads
   */
  static List<String> problems(SparkConf conf, int parallelism, int tasks) {
    List<String> problems = new ArrayList<>();
    if (conf.getBoolean("spark.dynamicAllocation.enabled", false)) {
      problems.add(
          Invalid.text(
              "spark.dynamicAllocation.enabled",
              true,
              "false: all tasks run at once or not at all"));
    }
    OptionalInt slots = slots(conf, parallelism);
    if (slots.isPresent() && slots.getAsInt() < tasks) {
      problems.add(
          Invalid.text(
              "learn.tasks",
              tasks,
              "at most the tasks that Spark runs at once, " + slots.getAsInt()));
    }
    return problems;
  }

  /**
   * Tasks that run at once; empty where the cluster alone knows: Spark waits for it, then says so
   * (spark.scheduler.barrier.maxConcurrentTasksCheck).
   */
  static OptionalInt slots(SparkConf conf, int parallelism) {
    String master = conf.get("spark.master", "");
    int cpus = Math.max(1, conf.getInt("spark.task.cpus", 1));
    if (master.equals("local") || master.startsWith("local[")) {
      return OptionalInt.of(parallelism / cpus);
    }
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    if (cluster.matches()) {
      int cores = Integer.parseInt(cluster.group(2)) / cpus;
      return OptionalInt.of(Integer.parseInt(cluster.group(1)) * cores);
    }
    if (conf.contains("spark.executor.instances") && conf.contains("spark.executor.cores")) {
      int cores = conf.getInt("spark.executor.cores", 1) / cpus;
      return OptionalInt.of(conf.getInt("spark.executor.instances", 1) * cores);
    }
    return OptionalInt.empty();
  }
}
