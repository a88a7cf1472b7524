package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * jobs/airflow, by Python: every file compiles; with stubs in Airflow's place, whose operators take
 * and say what the real ones do, the DAGs are imported and their tasks run to every exit code.
 * Skipped where there is no python3.
 */
@NullUnmarked
final class AirflowDagsTest {
  private static final String STUBS = "src/test/resources/airflow/stubs";
  private static final String DAGS = "jobs/airflow";

  /** What a program printed on its standard output, where it ended well. */
  private static String python(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Path err = Files.createTempFile("python", ".txt");
    try {
      Process python = builder.redirectError(err.toFile()).start();
      String out = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(python.waitFor()).as(Files.readString(err)).isZero();
      return out;
    } finally {
      Files.delete(err);
    }
  }

  private static void needsPython() {
    boolean found;
    try {
      found = new ProcessBuilder("python3", "--version").start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      found = false;
    }
    assumeTrue(found, "no python3 on this machine");
  }

  private static JsonNode dags() throws IOException, InterruptedException {
    needsPython();
    return new ObjectMapper().readTree(python("src/test/resources/airflow/dags.py", STUBS, DAGS));
  }

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(DAGS))) {
      return files.filter(f -> f.toString().endsWith(".py")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void compiles(Path file) throws IOException, InterruptedException {
    needsPython();
    String program =
        "import ast, sys; print(len(ast.parse(open(sys.argv[1]).read(), sys.argv[1]).body))";
    assertThat(Integer.parseInt(python("-c", program, file.toString()).strip())).isPositive();
    assertThat(file).content().doesNotContain("airflow.operators.bash", "from airflow import DAG");
  }

  @Test
  void noTwoRunsAtATimeNoPastOnesAndNoneWithoutEnd() throws Exception {
    JsonNode dags = dags();
    assertThat(dags.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(
            "tributary_launcher", "tributary_submit", "tributary_kubernetes");
    for (JsonNode dag : dags) {
      assertThat(dag.get("max_active_runs").intValue()).isEqualTo(1);
      assertThat(dag.get("catchup").booleanValue()).isFalse();
      assertThat(dag.get("execution_timeout").doubleValue()).isEqualTo(6 * 3600);
      assertThat(dag.get("retries").intValue()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tributary_launcher", "tributary_submit", "tributary_kubernetes"})
  void onlyWhatAnotherRunCouldChangeIsTriedAgain(String dag) throws Exception {
    Map<String, Integer> expected =
        Map.ofEntries(
            Map.entry("0", 1),
            Map.entry("1", 3),
            Map.entry("2", 1),
            Map.entry("3", 1),
            Map.entry("52", 3),
            Map.entry("143", 3),
            Map.entry("evicted", 3),
            Map.entry("kubernetes 3", 1),
            Map.entry("kubernetes 1", 3),
            Map.entry("yarn 2", 1),
            Map.entry("yarn", 3),
            Map.entry("no code", 3));
    JsonNode cases = dags().get(dag).get("attempts");
    assertThat(cases.fieldNames()).toIterable().contains("0", "1", "2", "3", "52");
    cases
        .properties()
        .forEach(
            c -> {
              String name = c.getKey();
              String end = c.getValue().get(1).textValue();
              int attempts = c.getValue().get(0).intValue();
              assertThat(attempts).as("%s %s: %s", dag, name, end).isEqualTo(expected.get(name));
              if (name.equals("0")) {
                assertThat(end).isEqualTo("success");
              } else {
                assertThat(end.contains("is not tried again")).isEqualTo(attempts == 1);
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"tributary_launcher", "tributary_submit", "tributary_kubernetes"})
  void whatTheTaskSetsIsAJob(String dag) throws Exception {
    List<String> arguments = new ArrayList<>();
    dags().get(dag).get("arguments").forEach(a -> arguments.add(a.textValue()));
    JobArguments job = JobArguments.of(arguments);
    assertThat(job.command()).isEqualTo("fuse");
    assertThat(job.config().input().path()).isEqualTo("s3a://bucket/table/day=2026-01-02");
    assertThat(job.config().output().path()).isEqualTo("s3a://bucket/embeddings/day=2026-01-02");
    assertThat(job.config().output().mode()).isEqualTo(JobConfig.Sink.Mode.MERGE);
  }

  @Test
  void theTaskIsTheParentOfSparksRun() throws Exception {
    assertThat(dags().get("tributary_submit").get("injects_parent").booleanValue()).isTrue();
    assertThat(Path.of(DAGS, "tributary_kubernetes_dag.py"))
        .content()
        .contains(
            "\"spark.openlineage.parentJobNamespace\": LINEAGE % \"lineage_job_namespace()\"",
            "\"spark.openlineage.parentJobName\": LINEAGE % \"lineage_job_name(task_instance)\"",
            "\"spark.openlineage.parentRunId\": LINEAGE % \"lineage_run_id(task_instance)\"");
  }
}
