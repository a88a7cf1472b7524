package tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.core.layout.PatternLayout;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

/** What the console shows of a failure: sentences, no stacks. */
class LogPatternTest {
  @Test
  void aLineOfTheLogHasNoStack() throws IOException {
    Properties conf = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of("conf/log4j2.properties"))) {
      conf.load(in);
    }
    PatternLayout layout =
        PatternLayout.newBuilder()
            .withPattern(conf.getProperty("appender.console.layout.pattern"))
            .withAlwaysWriteExceptions(
                Boolean.parseBoolean(
                    conf.getProperty("appender.console.layout.alwaysWriteExceptions", "true")))
            .build();
    String line =
        layout.toSerializable(
            Log4jLogEvent.newBuilder()
                .setLoggerName("org.apache.spark.scheduler.TaskSetManager")
                .setLevel(Level.WARN)
                .setMessage(
                    new SimpleMessage(
                        "Lost task 1.0 (TID 2): java.lang.RuntimeException: no file\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\nCaused by: x\n\t... 20 more\n"))
                .setThrown(new IllegalStateException("why", new RuntimeException("because")))
                .build());
    assertThat(line)
        .contains(
            "WARN  TaskSetManager: Lost task 1.0 (TID 2): java.lang.RuntimeException: no file")
        .contains("no file: java.lang.IllegalStateException: why")
        .doesNotContain("\tat ")
        .doesNotContain("... 20 more")
        .endsWith(System.lineSeparator());
    String plain =
        layout.toSerializable(
            Log4jLogEvent.newBuilder()
                .setLoggerName("tributary")
                .setLevel(Level.INFO)
                .setMessage(new SimpleMessage("input  csv"))
                .build());
    assertThat(plain).endsWith("INFO  tributary: input  csv" + System.lineSeparator());
    assertThat(plain.lines()).hasSize(1);
  }
}
