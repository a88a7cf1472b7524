package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The part of a shipped command line that is ours, as the command would read it: `fuse JOB
 * --set=KEY=VALUE ...`, with jobs/table.yaml in the place of any job file.
 */
record JobArguments(String command, String file, JobConfig config) {
  /**
   * @param arguments of spark-submit or of the launcher, ours last
   */
  static JobArguments of(List<String> arguments) {
    int command = arguments.indexOf("fuse");
    assertThat(command).as("the command in %s", arguments).isNotNegative();
    List<String> sets = new ArrayList<>();
    for (int i = command + 2; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      assertThat(argument).startsWith("--set");
      sets.add(
          argument.equals("--set") ? arguments.get(++i) : argument.substring("--set=".length()));
    }
    JobConfigs.Loaded loaded =
        JobConfigs.load(Path.of("jobs/table.yaml"), Map.of(), Map.of(), sets);
    return new JobArguments(arguments.get(command), arguments.get(command + 1), loaded.config());
  }
}
