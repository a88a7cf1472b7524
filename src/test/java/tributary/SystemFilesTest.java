package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Column.From;
import tributary.config.JobConfigs;

/** What lies in jobs/ and conf/ is what the code reads. */
class SystemFilesTest {
  static List<Path> jobs() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("jobs"))) {
      return files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("jobs")
  void everyJobLoads(Path job) {
    assertThat(load(job).modalities()).isNotEmpty();
  }

  @Test
  void theDemoMakesAThousandRecordsItself() {
    JobConfig demo = load(Path.of("jobs/demo.yaml"));
    assertThat(demo.input().format()).isEqualTo("synthetic");
    assertThat(demo.input().options())
        .containsOnly(
            Map.entry("records", "1000"),
            Map.entry("seed", "1"),
            Map.entry("long", "2000"),
            Map.entry("missing", "0.2"),
            Map.entry("bad", "5"));
    assertThat(demo.keep()).containsExactly("label", "sublabel");
  }

  @Test
  void theStampsAreFilesNamedByATsvWithoutQuotes() {
    JobConfig stamps = load(Path.of("jobs/stamps.yaml"));
    assertThat(stamps.input().options())
        .containsOnly(Map.entry("sep", "\t"), Map.entry("quote", ""), Map.entry("header", "false"));
    assertThat(stamps.id()).isEqualTo("concat(stamp, '@', language)");
    assertThat(stamps.modalities().get("text").from()).isEqualTo(From.VALUE);
    assertThat(stamps.modalities().get("image").from()).isEqualTo(From.PATH);
    assertThat(stamps.modalities().get("audio").from()).isEqualTo(From.PATH);
  }

  @Test
  void sparkDefaultsAreSparks() throws IOException {
    Properties defaults = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of("conf/spark-defaults.conf"))) {
      defaults.load(in);
    }
    assertThat(defaults.stringPropertyNames()).isNotEmpty().allMatch(k -> k.startsWith("spark."));
    assertThat(defaults).containsEntry("spark.sql.session.timeZone", "UTC");
  }

  @Test
  void sparkLogsWarningsAndTributaryMore() {
    Configuration log =
        ConfigurationFactory.getInstance()
            .getConfiguration(
                new LoggerContext("test"),
                "test",
                Path.of("conf/log4j2.properties").toAbsolutePath().toUri());
    log.initialize();
    assertThat(log.getLoggerConfig("org.apache.spark.sql").getLevel()).isEqualTo(Level.WARN);
    assertThat(log.getLoggerConfig("tributary.spark.Fuse").getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void kubernetesRunsOurMain() throws IOException {
    YAMLMapper yaml = new YAMLMapper();
    try (MappingIterator<JsonNode> documents =
        yaml.readerFor(JsonNode.class).readValues(Path.of("jobs/k8s/fuse.yaml").toFile())) {
      List<JsonNode> all = documents.readAll();
      assertThat(all).extracting(d -> d.path("kind").asText()).containsExactly("Service", "Job");
      assertThat(all.get(1).at("/spec/template/spec/containers/0/args").toString())
          .contains("--class=tributary.cli.Main", "spark-defaults.conf");
    }
  }

  private static JobConfig load(Path job) {
    return JobConfigs.load(job, Map.of(), Map.of(), List.of()).config();
  }
}
