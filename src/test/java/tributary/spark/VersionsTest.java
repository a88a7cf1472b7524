package tributary.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which Java and Spark run together. */
class VersionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "17|4.0.1|",
        "21|4.1.0|",
        "23|4.1.1|",
        "25|4.2.0|",
        "24|4.0.1|Cannot run on Java 24: Spark 4.0.1 needs Java 17 or 21 (Spark 4.2 runs on it)",
        "25|4.1.0|Cannot run on Java 25: Spark 4.1.0 needs Java 17 or 21 (Spark 4.2 runs on it)",
        "17|3.5.1|Cannot run on Spark 3.5.1: expected 4.0, 4.1 or 4.2",
      })
  void whatDoesNotRunIsSaid(int java, String spark, String problem) {
    assertThat(Versions.refusal(java, spark).orElse(null)).isEqualTo(problem);
  }

  @Test
  void theseRun() {
    assertThatCode(Versions::check).doesNotThrowAnyException();
  }
}
