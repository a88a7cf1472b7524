package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;
import tributary.config.TestJob;

/** Who lacks a format's library is told which one to add. */
final class PackagesTest {
  private final ClassLoader all = Thread.currentThread().getContextClassLoader();

  /** Finds no format that registers itself in a jar of its own. */
  private static final class Bare extends ClassLoader {
    Bare(ClassLoader parent) {
      super(parent);
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.endsWith("DataSourceRegister")
          ? Collections.enumeration(
              Collections.list(super.getResources(name)).stream()
                  .filter(url -> !url.getPath().matches(".*/(iceberg|delta|spark-avro)[^/]*!.*"))
                  .toList())
          : super.getResources(name);
    }
  }

  @AfterEach
  void restored() {
    Thread.currentThread().setContextClassLoader(all);
  }

  @ParameterizedTest
  @CsvSource({
    "iceberg,org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0",
    "delta,io.delta:delta-spark_4.1_2.13:4.4.0",
    "avro,org.apache.spark:spark-avro_2.13:4.1.0"
  })
  void whatToAddIsNamed(String format, String library, @TempDir Path folder) {
    SparkFixture.spark();
    Thread.currentThread().setContextClassLoader(new Bare(all));
    String out = folder.resolve("out").toString();
    var job =
        TestJob.in(folder)
            .columns("text", "caption")
            .input(format, folder.resolve("in"), Map.of())
            .output(new Sink(format, out, Sink.Mode.ERROR, Map.of()))
            .build();
    assertThatThrownBy(() -> FuseJob.run(job, Map.of(), SparkFixture.spark()))
        .isInstanceOfSatisfying(
            Problems.Refused.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "Cannot open input: %s %s: its library is missing: --packages %s"
                            .formatted(format, folder.resolve("in"), library),
                        "Invalid output.format: %s (a format that Spark can load: its library is missing: --packages %s)"
                            .formatted(format, library)));
  }
}
