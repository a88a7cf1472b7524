package tributary.spark;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.AccumulatorV2;
import org.apache.spark.util.LongAccumulator;
import tributary.write.Outcome;

/**
 * Times and sizes that tasks report; made on the driver, added to in tasks. Diagnostics only: a
 * retried task reports twice. What must be exact is counted from the data. Spark's metrics system
 * has them as {@link MetricsSource}.
 */
final class Metrics implements Serializable {
  final LongAccumulator records;
  final LongAccumulator embedded;
  final LongAccumulator quarantined;
  final LongAccumulator passing;
  final LongAccumulator tokens;
  final LongAccumulator taskNanos;
  final LongAccumulator readNanos;
  final LongAccumulator kernelNanos;
  final LongAccumulator inputNanos;
  final LongAccumulator checkpointNanos;
  final LongAccumulator checkpointFailures;
  final LongAccumulator checkpointWrong;
  final LongAccumulator rootsUsed;
  final LongAccumulator rootsKept;
  final LongAccumulator rootsWrong;
  final LongAccumulator rootsFailures;
  final Maximum nativePeak = new Maximum();

  Metrics(SparkContext context) {
    records = context.longAccumulator("tributary.records");
    embedded = context.longAccumulator("tributary.embedded");
    quarantined = context.longAccumulator("tributary.quarantined");
    passing = context.longAccumulator("tributary.passing");
    tokens = context.longAccumulator("tributary.tokens");
    taskNanos = context.longAccumulator("tributary.task-nanos");
    readNanos = context.longAccumulator("tributary.read-nanos");
    kernelNanos = context.longAccumulator("tributary.kernel-nanos");
    inputNanos = context.longAccumulator("tributary.input-nanos");
    checkpointNanos = context.longAccumulator("tributary.checkpoint-nanos");
    checkpointFailures = context.longAccumulator("tributary.checkpoint-failures");
    checkpointWrong = context.longAccumulator("tributary.checkpoint-wrong");
    rootsUsed = context.longAccumulator("tributary.roots-used");
    rootsKept = context.longAccumulator("tributary.roots-kept");
    rootsWrong = context.longAccumulator("tributary.roots-wrong");
    rootsFailures = context.longAccumulator("tributary.roots-failures");
    context.register(nativePeak, "tributary.native-peak");
    MetricsSource.register(this);
  }

  /** In a task: a record that is through, or isn't yet. */
  void staged(Staged staged) {
    if (staged instanceof Staged.Finished finished) {
      finished.outcome().match(e -> embedded, q -> quarantined).add(1);
      if (finished.outcome() instanceof Outcome.Quarantined q && q.passing()) {
        passing.add(1);
      }
    }
  }

  /** The largest value reported. */
  static final class Maximum extends AccumulatorV2<Long, Long> {
    private long value;

    @Override
    public boolean isZero() {
      return value == 0;
    }

    @Override
    public AccumulatorV2<Long, Long> copy() {
      Maximum copy = new Maximum();
      copy.value = value;
      return copy;
    }

    @Override
    public void reset() {
      value = 0;
    }

    @Override
    public void add(Long v) {
      value = Math.max(value, v);
    }

    @Override
    public void merge(AccumulatorV2<Long, Long> other) {
      value = Math.max(value, other.value());
    }

    @Override
    public Long value() {
      return value;
    }
  }
}
