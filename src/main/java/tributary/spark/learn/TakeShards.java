package tributary.spark.learn;

import java.io.File;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;
import tributary.learn.ShardRecords;
import tributary.learn.ShardWriter;

/**
 * In a task: the rows of one partition of {@link TrainingTable#rows} to records on the task's disk.
 * Made on the driver, sent with each task.
 *
 * @param records of the table to learn from
 * @param heldOut of the table held out
 * @param shards of all tasks
 * @param tasks a power of two up to `shards`; task t owns shards [t S/T, (t+1) S/T)
 * @param labels names, in the order of the rows' values
 */
public record TakeShards(long records, long heldOut, int shards, int tasks, List<String> labels)
    implements Serializable {
  /** Positions in a row. */
  static final int HELD_OUT = 1;

  static final int RANK = 2;
  static final int HEADER = 3;
  static final int ID = 6;
  static final int PAYLOAD = 7;
  static final int TOKENS = 8;
  static final int LABELS = 9;

  /** The first shard of a task, and the end of the one before it. */
  public int first(int task) {
    return task * (shards / tasks);
  }

  /**
   * All rows of a task, to one of Spark's local folders.
   *
   * @param task number of the partition
   */
  public TaskRecords take(int task, Iterator<Row> rows) {
    File[] folders = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    return take(task, rows, folders[task % folders.length].toPath());
  }

  /**
   * All rows of a task, to a folder that exists.
   *
   * @throws IllegalStateException if the rows are not those of the task's shards, each once and in
   *     order, or can't be written
   */
  TaskRecords take(int task, Iterator<Row> rows, Path folder) {
    try (ShardWriter training = writer(records, task, folder);
        ShardWriter held = writer(heldOut, task, folder)) {
      while (rows.hasNext()) {
        Row row = rows.next();
        put(row.getBoolean(HELD_OUT) ? held : training, row);
      }
      ShardRecords learned = training.finish();
      try {
        return new TaskRecords(learned, held.finish());
      } catch (RuntimeException e) {
        learned.close();
        throw e;
      }
    }
  }

  private ShardWriter writer(long all, int task, Path folder) {
    return new ShardWriter(all, shards, first(task), first(task + 1), folder);
  }

  private void put(ShardWriter writer, Row row) {
    String id = row.getString(ID);
    if (row.getBoolean(HEADER)) {
      SortedMap<String, Long> counts =
          new TreeMap<>(CollectionConverters.asJava(row.<String, Long>getMap(TOKENS)));
      writer.record(row.getLong(RANK), id, counts, labels(row));
    } else {
      writer.piece(id, row.<byte[]>getAs(PAYLOAD));
    }
  }

  private SortedMap<String, String> labels(Row row) {
    List<@Nullable String> values = row.getList(LABELS);
    SortedMap<String, String> named = new TreeMap<>();
    for (int i = 0; i < labels.size(); i++) {
      String value = values.get(i);
      if (value != null) {
        named.put(labels.get(i), value);
      }
    }
    return named;
  }
}
