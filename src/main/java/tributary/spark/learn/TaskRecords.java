package tributary.spark.learn;

import tributary.base.Closing;
import tributary.learn.ShardRecords;

/**
 * What one task has of a table: the records of its shards to learn from, and of those held out,
 * which are dealt out in shards alike. Lives in a task, which closes it.
 */
public record TaskRecords(ShardRecords training, ShardRecords heldOut) implements AutoCloseable {
  @Override
  public void close() {
    Closing.all(training, heldOut);
  }
}
