package tributary.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.config.JobConfigs;

/** The arguments that name a job. */
final class Job {
  @Parameters(
      paramLabel = "JOB.yaml",
      description = "The job; conf/defaults.yaml explains its keys.")
  Path file;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "Set a key over all else: over the defaults, the job, TRIBUTARY_* variables and"
              + " spark.tributary.* of --conf. Repeatable; the last one of a key wins.")
  List<String> sets = List.of();

  /** SparkSubmit gives its configuration to the driver as system properties. */
  JobConfigs.Loaded load() {
    return load(List.of());
  }

  /**
   * @param first keys that the command sets, over the job and under what the user sets on the
   *     command line
   */
  JobConfigs.Loaded load(List<String> first) {
    Map<String, String> conf = new HashMap<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      conf.put(name, System.getProperty(name, ""));
    }
    List<String> all = new ArrayList<>(first);
    all.addAll(sets);
    return JobConfigs.load(file, System.getenv(), conf, all);
  }
}
