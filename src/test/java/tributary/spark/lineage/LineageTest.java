package tributary.spark.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.cli.Main;
import tributary.spark.Fork;

/**
 * One run of `fuse` as a user schedules it, in a JVM of its own: OpenLineage's listener writes its
 * events to a file, Spark's metrics system its gauges to CSV files.
 */
@NullUnmarked
final class LineageTest {
  private static final int RECORDS = 10;
  private static final String PARENT = "0198f0f0-5a5a-7a5a-9a5a-5a5a5a5a5a5a";

  @TempDir static Path folder;

  private static List<JsonNode> events;

  @BeforeAll
  static void run() throws IOException, InterruptedException {
    Path in = Files.createDirectories(folder.resolve("in"));
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < RECORDS; i++) {
      // One has no id: it is quarantined.
      String id = i == 3 ? "" : "\"id\": \"r" + i + "\", ";
      rows.append("{").append(id).append("\"caption\": \"number ").append(i).append("\"}\n");
    }
    Files.writeString(in.resolve("rows.json"), rows);
    Path job =
        Files.writeString(
            folder.resolve("job.yaml"),
            """
            model: {path: conf/models/elastic-small}
            input: {format: json, path: "%s"}
            id: id
            modalities: {text: caption}
            errors: {max-fraction: 0.5}
            output: {path: "%s"}
            """
                .formatted(in, folder.resolve("out")));
    Path file = folder.resolve("events.jsonl");
    Files.createDirectories(folder.resolve("metrics"));
    List<String> options =
        List.of(
            "-Dspark.master=local[2]",
            "-Dspark.ui.enabled=false",
            "-Dspark.extraListeners=io.openlineage.spark.agent.OpenLineageSparkListener",
            "-Dspark.openlineage.transport.type=file",
            "-Dspark.openlineage.transport.location=" + file,
            "-Dspark.openlineage.namespace=jobs",
            "-Dspark.app.name=nightly",
            "-Dspark.openlineage.parentJobNamespace=airflow",
            "-Dspark.openlineage.parentJobName=tributary.fuse",
            "-Dspark.openlineage.parentRunId=" + PARENT,
            "-Dspark.metrics.namespace=nightly",
            "-Dspark.metrics.conf.*.sink.csv.class=org.apache.spark.metrics.sink.CsvSink",
            "-Dspark.metrics.conf.*.sink.csv.directory=" + folder.resolve("metrics"));
    Path log = folder.resolve("log.txt");
    assertThat(Fork.run(folder, log, options, Main.class, "fuse", job.toString())).isZero();
    events = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      events.add(new ObjectMapper().readTree(line));
    }
  }

  /** The only event of this type of the application, or that writes to this place. */
  private static JsonNode event(String type, String output) {
    List<JsonNode> found =
        events.stream()
            .filter(e -> e.get("eventType").textValue().equals(type))
            .filter(
                e ->
                    output == null
                        ? e.at("/job/facets/jobType/jobType").textValue().equals("APPLICATION")
                        : names(e.get("outputs")).contains(folder.resolve(output).toString()))
            .toList();
    assertThat(found).as("%s of %s in %s", type, output, events).hasSize(1);
    return found.get(0);
  }

  private static List<String> names(JsonNode datasets) {
    return StreamSupport.stream(datasets.spliterator(), false)
        .map(d -> d.get("name").textValue())
        .toList();
  }

  @Test
  void theRunHasTheNameAndTheParentThatItWasGiven() {
    for (String type : List.of("START", "COMPLETE")) {
      JsonNode application = event(type, null);
      assertThat(application.at("/job/namespace").textValue()).isEqualTo("jobs");
      assertThat(application.at("/job/name").textValue()).isEqualTo("nightly");
    }
    JsonNode parent = event("START", null).at("/run/facets/parent");
    assertThat(parent.at("/job/namespace").textValue()).isEqualTo("airflow");
    assertThat(parent.at("/job/name").textValue()).isEqualTo("tributary.fuse");
    assertThat(parent.at("/run/runId").textValue()).isEqualTo(PARENT);
  }

  @Test
  void outputAndQuarantineComeFromTheInput() {
    for (String output : List.of("out", "out.quarantine")) {
      for (String type : List.of("START", "COMPLETE")) {
        JsonNode write = event(type, output);
        assertThat(names(write.get("inputs"))).containsExactly(folder.resolve("in").toString());
        assertThat(write.at("/inputs/0/namespace").textValue()).isEqualTo("file");
        assertThat(write.at("/job/name").textValue()).startsWith("nightly.");
      }
      assertThat(event("COMPLETE", output).at("/outputs/0/outputFacets/outputStatistics/rowCount"))
          .hasToString(output.equals("out") ? "9" : "1");
    }
  }

  @Test
  void theAccountIsAssertedOfTheInput() {
    JsonNode assertions =
        event("COMPLETE", "out").at("/inputs/0/inputFacets/dataQualityAssertions/assertions");
    assertThat(assertions).hasSize(2);
    assertThat(assertions.at("/0/assertion").textValue()).isEqualTo("in = out + quarantined");
    assertThat(assertions.at("/0/success").booleanValue()).isTrue();
    assertThat(assertions.at("/0/actual").textValue()).isEqualTo("10");
    assertThat(assertions.at("/1/assertion").textValue()).isEqualTo("quarantined = 0");
    assertThat(assertions.at("/1/success").booleanValue()).isFalse();
    assertThat(assertions.at("/1/actual").textValue()).isEqualTo("1");
  }

  @Test
  void theAccountIsAFacetOfTheRun() {
    JsonNode account = event("COMPLETE", null).at("/run/facets/tributary_account");
    assertThat(account.get("in").intValue()).isEqualTo(RECORDS);
    assertThat(account.get("out").intValue()).isEqualTo(9);
    assertThat(account.get("quarantined").intValue()).isEqualTo(1);
  }

  @Test
  void sparksMetricsHaveTheCounters() throws IOException {
    assertThat(metric("records.in")).isEqualTo(RECORDS);
    assertThat(metric("records.out")).isEqualTo(9);
    assertThat(metric("records.quarantined")).isEqualTo(1);
    // "number 0" ...: bytes.
    assertThat(metric("tokens")).isEqualTo(9 * 8);
    assertThat(metric("kernel.seconds")).isPositive();
    assertThat(metric("task.seconds")).isGreaterThanOrEqualTo(metric("kernel.seconds"));
  }

  /** What a sink has last been told. */
  private static double metric(String name) throws IOException {
    List<String> lines =
        Files.readAllLines(folder.resolve("metrics/nightly.driver.tributary." + name + ".csv"));
    return Double.parseDouble(lines.get(lines.size() - 1).split(",")[1]);
  }
}
