package tributary.spark;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What the last job of an application reports, for the sinks of Spark's metrics system: gauges
 * `APPLICATION.driver.tributary.NAME`. While tasks run they follow the accumulators, in which a
 * retried task counts twice; records are exact from when they are counted on. On the driver.
 */
public final class MetricsSource implements Source {
  /** Of the gauges' names. */
  static final String NAME = "tributary";

  private final MetricRegistry registry = new MetricRegistry();
  private volatile @Nullable Account account;

  /**
   * Records of a job, counted.
   *
   * @param out rows of the output, those that it had already among them
   */
  public record Account(long in, long out, long quarantined) {
    /** Whether every record is accounted for. */
    public boolean balanced() {
      return in == out + quarantined;
    }
  }

  private MetricsSource(Metrics metrics) {
    records("in", metrics.records, Account::in);
    records("out", metrics.embedded, Account::out);
    records("quarantined", metrics.quarantined, Account::quarantined);
    gauge("tokens", metrics.tokens::value);
    gauge("task.seconds", () -> metrics.taskNanos.value() / 1e9);
    gauge("tokenize.seconds", () -> metrics.readNanos.value() / 1e9);
    gauge("kernel.seconds", () -> metrics.kernelNanos.value() / 1e9);
    gauge("native.peak.bytes", metrics.nativePeak::value);
  }

  /** A job's, in the place of the one before. */
  static void register(Metrics metrics) {
    MetricsSystem system = SparkEnv.get().metricsSystem();
    CollectionConverters.asJava(system.getSourcesByName(NAME)).forEach(system::removeSource);
    system.registerSource(new MetricsSource(metrics));
  }

  /** What has been counted: from now on the gauges tell it. */
  static void counted(long in, long out, long quarantined) {
    last().ifPresent(source -> source.account = new Account(in, out, quarantined));
  }

  /** Of the last job of this application, once it has counted. */
  public static Optional<Account> account() {
    return last().map(source -> source.account);
  }

  private static Optional<MetricsSource> last() {
    SparkEnv env = SparkEnv.get();
    return env == null
        ? Optional.empty()
        : CollectionConverters.asJava(env.metricsSystem().getSourcesByName(NAME)).stream()
            .map(MetricsSource.class::cast)
            .findFirst();
  }

  private void records(String name, LongAccumulator sum, ToLongFunction<Account> exact) {
    gauge(
        "records." + name,
        () -> {
          Account known = account;
          return known == null ? sum.value() : exact.applyAsLong(known);
        });
  }

  private <T> void gauge(String name, Gauge<T> gauge) {
    registry.register(name, gauge);
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }
}
