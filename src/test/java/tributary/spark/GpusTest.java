package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.tensor.Precision;

class GpusTest {
  @TempDir static Path folder;

  @Test
  void theAddressIsTheOneThatSparkAssigned() {
    assertThat(Gpus.address(Map.of())).isEmpty();
    assertThat(Gpus.address(gpus())).isEmpty();
    assertThat(Gpus.address(gpus("3"))).isEqualTo("3");
    assertThatThrownBy(() -> Gpus.address(gpus("0", "1")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot use GPU addresses 0, 1: a task runs on one (set spark.task.resource.gpu.amount to"
                + " 1 or to a part of it)");
  }

  private static Map<String, ResourceInformation> gpus(String... addresses) {
    return Map.of("gpu", new ResourceInformation("gpu", addresses));
  }

  @Test
  void saysWhatAClusterLacks() {
    SparkConf conf = new SparkConf(false);
    assertThat(Gpus.problem(conf, false, Precision.FLOAT32))
        .isEqualTo("this build has no CUDA backend: build it with -Pcuda");
    String both = "on a cluster it needs spark.executor.resource.gpu.amount and";
    assertThat(Gpus.problem(conf, true, Precision.FLOAT32)).startsWith(both);
    conf.set("spark.executor.resource.gpu.amount", "1");
    assertThat(Gpus.problem(conf, true, Precision.FLOAT32)).startsWith(both);
    assertThat(Gpus.requested(conf)).isFalse();
    conf.set("spark.task.resource.gpu.amount", "0.25");
    assertThat(Gpus.problem(conf, true, Precision.FLOAT32)).isNull();
    assertThat(Gpus.requested(conf)).isTrue();
    conf.set("spark.task.resource.gpu.amount", "2");
    assertThat(Gpus.problem(conf, true, Precision.FLOAT32))
        .isEqualTo("a task runs on one GPU, spark.task.resource.gpu.amount is 2");
    conf.set("spark.task.resource.gpu.amount", "0.5")
        .set("spark.executor.resource.gpu.amount", "1.5");
    assertThat(Gpus.problem(conf, true, Precision.FLOAT32))
        .isEqualTo("an executor has whole GPUs, spark.executor.resource.gpu.amount is 1.5");
    assertThat(Gpus.problem(conf, true, Precision.BFLOAT16))
        .isEqualTo("no bfloat16 products there: set precision to float32");
  }

  @ParameterizedTest(name = "{0} of a GPU a task: {1} tasks")
  @CsvSource({"1, 1", "0.5, 2", "0.34, 2", "0.3, 3", "0.25, 4", "0.1, 10", "2, 1", "0, 1"})
  void tasksThatShareAGpu(String amount, int tasks) {
    SparkConf conf = new SparkConf(false);
    assertThat(Gpus.tasks(conf)).isEqualTo(1);
    assertThat(Gpus.tasks(conf.set("spark.task.resource.gpu.amount", amount))).isEqualTo(tasks);
  }

  /** Executors of one core: each has a worker's GPUs, a task takes what it asks for. */
  @ParameterizedTest(name = "{0} GPUs a worker, {1} a task")
  @CsvSource({"2, 1", "1, 0.5"})
  void tasksGetAddressesOfTheDiscoveryScript(int gpus, String task) throws Exception {
    Path log = folder.resolve(gpus + ".log");
    Path script = script("\"0\",\"1\"");
    assertThat(Fork.run(folder, log, GpuRun.class, script.toString(), Integer.toString(gpus), task))
        .isZero();
    assertThat(Files.readAllLines(log).stream().filter(l -> l.startsWith("address ")))
        .isNotEmpty()
        .allMatch(l -> l.matches("address [01] \\d"));
  }

  private static Path script(String addresses) throws IOException {
    Path script = folder.resolve("discover.sh");
    Files.writeString(
        script, "#!/bin/sh\necho '{\"name\":\"gpu\",\"addresses\":[" + addresses + "]}'\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }
}
