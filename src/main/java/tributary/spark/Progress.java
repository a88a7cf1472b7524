package tributary.spark;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * One line for long work: records of all, records/s, tokens/s, time left, or tasks where nobody
 * knows how many records there are; from finished tasks and the heartbeats of running ones. On the
 * driver; rewrites its line on a terminal, else writes one now and then.
 */
final class Progress extends SparkListener implements AutoCloseable {
  private final SparkSession spark;
  private final Metrics metrics;
  private final boolean shuffled;
  private final PrintStream out;
  private final boolean terminal;
  private final long start = System.nanoTime();
  private final Map<Long, long[]> running = new ConcurrentHashMap<>();
  private volatile long total;
  private volatile Tasks tasks = new Tasks(-1, 0, 0);
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          r -> {
            Thread t = new Thread(r, "tributary-progress");
            t.setDaemon(true);
            return t;
          });

  /** Of one stage, those that have ended. */
  private record Tasks(int stage, int ended, int all) {}

  /**
   * @param total records; 0 where nobody has counted them yet
   * @param shuffled whether the input is dealt out by a shuffle of its rows, which then tells how
   *     many there are
   */
  Progress(SparkSession spark, Metrics metrics, long total, boolean shuffled, PrintStream out) {
    this.spark = spark;
    this.metrics = metrics;
    this.total = total;
    this.shuffled = shuffled;
    this.out = out;
    this.terminal = System.console() != null;
    spark.sparkContext().addSparkListener(this);
    long every = terminal ? 1 : 10;
    timer.scheduleAtFixedRate(
        () -> out.print((terminal ? "\r" : "") + line() + (terminal ? "" : System.lineSeparator())),
        every,
        every,
        TimeUnit.SECONDS);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(
            task -> {
              long[] seen = new long[2];
              for (AccumulableInfo info : CollectionConverters.asJava(task._4())) {
                String name = info.name().isDefined() ? info.name().get() : "";
                Object value = info.update().isDefined() ? info.update().get() : null;
                if (value instanceof Long n && name.equals("tributary.records")) {
                  seen[0] = n;
                } else if (value instanceof Long n && name.equals("tributary.tokens")) {
                  seen[1] = n;
                }
              }
              running.put((Long) task._1(), seen);
            });
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    StageInfo stage = submitted.stageInfo();
    tasks = new Tasks(stage.stageId(), 0, stage.numTasks());
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
    Tasks now = tasks;
    if (end.stageId() == now.stage && end.taskInfo().successful()) {
      tasks = new Tasks(now.stage, now.ended + 1, now.all);
    }
  }

  /** The shuffle before the first record is encoded is the one that deals out the input's rows. */
  @Override
  public void onStageCompleted(SparkListenerStageCompleted completed) {
    StageInfo stage = completed.stageInfo();
    boolean encoded =
        stage.accumulables().values().exists(a -> a.name().contains("tributary.records"));
    if (shuffled && !encoded && metrics.records.value() == 0 && stage.taskMetrics() != null) {
      total = stage.taskMetrics().shuffleWriteMetrics().recordsWritten();
    }
  }

  /** The line as of now. */
  String line() {
    long records = metrics.records.value();
    long tokens = metrics.tokens.value();
    for (long[] seen : running.values()) {
      records += seen[0];
      tokens += seen[1];
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return total > 0
        ? line(Math.min(records, total), total, tokens, seconds)
        : line(records, tasks.ended, tasks.all, tokens, seconds);
  }

  /** Where the records have not been counted. */
  static String line(long records, int ended, int tasks, long tokens, double seconds) {
    return String.format(
        Locale.ROOT,
        "%,d records, %,.0f records/s, %,.0f tokens/s, %,d of %,d tasks",
        records,
        records / Math.max(seconds, 1e-9),
        tokens / Math.max(seconds, 1e-9),
        ended,
        tasks);
  }

  static String line(long records, long total, long tokens, double seconds) {
    double rate = records / Math.max(seconds, 1e-9);
    String left = records == 0 ? "?" : clock((total - records) / rate);
    return String.format(
        Locale.ROOT,
        "%,d of %,d records, %,.0f records/s, %,.0f tokens/s, %s left",
        records,
        total,
        rate,
        tokens / seconds,
        left);
  }

  private static String clock(double seconds) {
    long s = Math.round(seconds);
    return String.format(Locale.ROOT, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    spark.sparkContext().removeSparkListener(this);
    if (terminal) {
      out.println("\r" + line());
    }
  }
}
