package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import tributary.config.JobConfig.Sink;
import tributary.spark.publish.Point;

/**
 * A run of a {@link FaultJob} in a JVM of its own, which may kill itself: arguments lake, truth,
 * plain or not, file of records, mode, checkpoint or not, and the point at which the process gets
 * SIGKILL, or `none`. Says "ready" when the session is there.
 */
public final class FaultDriver {
  private FaultDriver() {}

  public static void main(String[] args) throws IOException {
    SparkSession spark = SparkFixture.spark();
    FaultJob job =
        new FaultJob(spark, Path.of(args[0]), Path.of(args[1]), Boolean.parseBoolean(args[2]));
    Sink.Mode mode = Sink.Mode.valueOf(args[4].toUpperCase(Locale.ROOT));
    if (!args[6].equals("none")) {
      killAt(Point.valueOf(args[6]));
    }
    System.out.println("ready");
    job.run(FaultJob.read(Path.of(args[3])), mode, Boolean.parseBoolean(args[5]));
    spark.stop();
  }

  /** Nothing runs after it: no hook, no finally. */
  private static void killAt(Point stop) {
    Point.observe(
        point -> {
          if (point == stop) {
            kill();
          }
        });
  }

  private static void kill() {
    try {
      String own = String.valueOf(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-9", own).start().waitFor();
      Thread.sleep(60_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new IllegalStateException("still alive");
  }
}
