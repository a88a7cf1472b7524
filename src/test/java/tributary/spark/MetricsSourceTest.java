package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.Gauge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.sink.PrometheusServlet;
import org.apache.spark.metrics.source.Source;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.JobConfig;
import tributary.config.TestJob;
import tributary.write.RunManifest;

/** The gauges that Spark's sinks see. */
class MetricsSourceTest {
  @TempDir Path folder;

  private Metrics metrics;

  @BeforeEach
  void register() {
    metrics = new Metrics(SparkFixture.spark().sparkContext());
  }

  private static Source source() {
    List<Source> all =
        CollectionConverters.asJava(
            SparkEnv.get().metricsSystem().getSourcesByName(MetricsSource.NAME));
    assertThat(all).as("one, of the last job").hasSize(1);
    return all.get(0);
  }

  private static Object gauge(String name) {
    Gauge<?> gauge = Objects.requireNonNull(source().metricRegistry().getGauges().get(name), name);
    return gauge.getValue();
  }

  @Test
  void theyFollowTheTasksUntilRecordsAreCounted() {
    metrics.records.add(5);
    metrics.embedded.add(3);
    metrics.quarantined.add(1);
    metrics.tokens.add(70);
    metrics.kernelNanos.add(1_500_000_000L);
    assertThat(gauge("records.in")).isEqualTo(5L);
    assertThat(gauge("records.out")).isEqualTo(3L);
    assertThat(gauge("records.quarantined")).isEqualTo(1L);
    assertThat(gauge("tokens")).isEqualTo(70L);
    assertThat(gauge("kernel.seconds")).isEqualTo(1.5);
    assertThat(MetricsSource.account()).isEmpty();
    MetricsSource.counted(4, 3, 1);
    assertThat(gauge("records.in")).as("a task was retried").isEqualTo(4L);
    assertThat(MetricsSource.account()).contains(new MetricsSource.Account(4, 3, 1));
  }

  @Test
  void theNextJobTakesThePlace() {
    MetricsSource.counted(4, 3, 1);
    new Metrics(SparkFixture.spark().sparkContext()).tokens.add(7);
    assertThat(gauge("tokens")).isEqualTo(7L);
    assertThat(gauge("records.in")).isEqualTo(0L);
    assertThat(MetricsSource.account()).isEmpty();
  }

  @Test
  void aJobTellsWhatItsManifestSays() {
    JobConfig job = TestJob.in(folder).build();
    RunManifest.Counts counts =
        FuseJob.run(
                job,
                Map.of(),
                SparkFixture.spark(),
                SyntheticTable.frame(SparkFixture.spark(), 20, 3, 100, 0.2, 4, 2))
            .counts();
    assertThat(counts.quarantined()).isPositive();
    assertThat(gauge("records.in")).isEqualTo(counts.in());
    assertThat(gauge("records.out")).isEqualTo(counts.out());
    assertThat(gauge("records.quarantined")).isEqualTo(counts.quarantined());
  }

  @Test
  void everyRecordIsAccountedForOrNot() {
    assertThat(new MetricsSource.Account(4, 3, 1).balanced()).isTrue();
    assertThat(new MetricsSource.Account(4, 3, 0).balanced()).isFalse();
  }

  @Test
  void thePageNamesWhatPrometheusSees() throws Exception {
    com.codahale.metrics.MetricRegistry registry = new com.codahale.metrics.MetricRegistry();
    registry.register("nightly.driver." + MetricsSource.NAME, source().metricRegistry());
    MetricsSource.counted(20, 16, 4);
    Properties properties = new Properties();
    properties.setProperty("path", "/metrics/prometheus");
    String snapshot = new PrometheusServlet(properties, registry).getMetricsSnapshot(null);
    String line = "metrics_nightly_driver_tributary_records_quarantined_Value{type=\"gauges\"} 4";
    assertThat(snapshot).contains(line);
    assertThat(Files.readString(Path.of("docs/running.md"))).contains(line);
  }
}
