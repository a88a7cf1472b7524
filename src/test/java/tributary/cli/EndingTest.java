package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.SparkUserAppException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose process a command ends in, by the stack below it; on clusters, tributary.clusters. */
class EndingTest {
  @ParameterizedTest
  @CsvSource({
    "java.lang.Thread, EXIT",
    "org.apache.spark.deploy.worker.DriverWrapper$, EXIT",
    "org.apache.spark.deploy.SparkSubmit, SUBMITTED",
    "org.apache.spark.deploy.SparkSubmit$$anon$2, SUBMITTED",
    "org.apache.hadoop.security.UserGroupInformation org.apache.spark.deploy.SparkSubmit, EXIT",
    "org.apache.hadoop.security.UserGroupInformation org.apache.spark.deploy.SparkSubmit org.apache.spark.deploy.InProcessSparkSubmit$, SUBMITTED",
    "org.apache.spark.deploy.yarn.ApplicationMaster$$anon$2, YARN",
  })
  void theStackTells(String frames, Ending expected) {
    assertThat(Ending.of(List.of(frames.split(" ")))).isEqualTo(expected);
  }

  @Test
  void thisThreadIsItsOwn() {
    assertThat(Ending.here()).isEqualTo(Ending.EXIT);
  }

  @Test
  void whatIsDoneReturns() throws Exception {
    for (Ending ending : Ending.values()) {
      ending.end(Main.DONE, "");
    }
  }

  @Test
  void sparkSubmitGetsTheCode() {
    assertThatThrownBy(() -> Ending.SUBMITTED.end(52, "no memory"))
        .isInstanceOfSatisfying(
            SparkUserAppException.class, e -> assertThat(e.exitCode()).isEqualTo(52));
  }

  @Test
  void yarnsReportBeginsWithCodeAndReason() {
    assertThatThrownBy(() -> Ending.YARN.end(2, "Invalid id: x (y)"))
        .isNotInstanceOf(SparkUserAppException.class)
        .hasToString("Tributary ended with exit code 2: Invalid id: x (y)")
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  @Test
  void theBeginningOfWhatWasToldIsKept() {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    Told told = new Told(screen, 5);
    PrintStream err = new PrintStream(told, true, StandardCharsets.UTF_8);
    err.print("abc");
    err.print("defg");
    err.write('h');
    err.flush();
    assertThat(screen.toString(StandardCharsets.UTF_8)).isEqualTo("abcdefgh");
    assertThat(told.text()).isEqualTo("abcde");
  }
}
