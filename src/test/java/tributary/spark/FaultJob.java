package tributary.spark;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.TestJob;
import tributary.spark.publish.Point;

/**
 * A small job below a folder, as Tributary runs it, or as plain Spark writes the same rows: kept on
 * disk, then each table in its place, without a look at what was there or came of it.
 *
 * @param lake where the tables are
 * @param truth where a table of each payload is, made once
 */
record FaultJob(SparkSession spark, Path lake, Path truth, boolean plain) {
  private static final String TRUTH = "truth";

  /** An id and its payload, in hexadecimal digits; FF is none. */
  private static String payload(int letter) {
    return letter == 0 ? "FF" : "61%02X".formatted(96 + letter);
  }

  /** Some records come, change and go; some can't be read. */
  static void change(SortedMap<String, String> records, Random random) {
    for (int i = 0; i < 1 + random.nextInt(6); i++) {
      String id = "r" + random.nextInt(30);
      if (random.nextInt(4) == 0) {
        records.remove(id);
      } else {
        records.put(id, payload(random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(26)));
      }
    }
    records.put("always", payload(1));
  }

  Dataset<Row> table(SortedMap<String, String> records) {
    String rows =
        records.entrySet().stream()
            .map(r -> "('" + r.getKey() + "', X'" + r.getValue() + "')")
            .collect(Collectors.joining(", "));
    return spark.sql("values " + rows + " as t(id, caption)");
  }

  private static JobConfig config(Path folder, String name, Sink.Mode mode, boolean resumes) {
    TestJob job =
        TestJob.in(folder)
            .columns("text", "caption")
            .run(2, 1 << 20, 1 << 16)
            .output(sink(folder, name, mode));
    if (resumes) {
      job.checkpoint(folder.resolve("checkpoint"));
    }
    return job.build().quarantining(sink(folder, name + ".bad", mode));
  }

  private static Sink sink(Path folder, String name, Sink.Mode mode) {
    return new Sink(
        "parquet", folder.resolve(name).toString(), mode, Map.of(), Sink.Deletes.REMOVE);
  }

  /**
   * Runs it.
   *
   * @param resumes whether it has a checkpoint
   */
  void run(SortedMap<String, String> records, Sink.Mode mode, boolean resumes) {
    if (plain) {
      plainly(records);
    } else {
      FuseJob.run(config(lake, "out", mode, resumes), Map.of(), spark, table(records));
    }
  }

  private void plainly(SortedMap<String, String> records) {
    Dataset<Row> ids = table(records).selectExpr("id", "hex(caption) as payload").repartition(2);
    Dataset<Row> out = known(ids, TRUTH).persist(StorageLevel.DISK_ONLY());
    Dataset<Row> bad = known(ids, TRUTH + ".bad").persist(StorageLevel.DISK_ONLY());
    try {
      long rows = out.count() + bad.count();
      Point.ENCODED.reached();
      out.write().mode("overwrite").parquet(lake.resolve("out").toString());
      Point.WRITTEN.reached();
      Point.OUTPUT_STAGED.reached();
      bad.write().mode("overwrite").parquet(lake.resolve("out.bad").toString());
      Point.WRITTEN.reached();
      Point.QUARANTINE_STAGED.reached();
      if (rows != records.size()) {
        throw new IllegalStateException(rows + " rows of " + records.size());
      }
    } finally {
      out.unpersist(false);
      bad.unpersist(false);
    }
  }

  private Dataset<Row> known(Dataset<Row> ids, String name) {
    Dataset<Row> known =
        spark.read().parquet(truth.resolve(name).toString()).withColumnRenamed("id", "known");
    return ids.join(known, col("payload").equalTo(col("known"))).drop("payload", "known");
  }

  /** Fuses every payload, once. */
  void know() {
    SortedMap<String, String> all = new TreeMap<>();
    for (int letter = 0; letter <= 26; letter++) {
      all.put(payload(letter), payload(letter));
    }
    FuseJob.run(config(truth, TRUTH, Sink.Mode.ERROR, false), Map.of(), spark, table(all));
  }

  /** What a table is to be. */
  SortedMap<String, List<String>> right(SortedMap<String, String> records, boolean bad)
      throws IOException {
    SortedMap<String, List<String>> known =
        Objects.requireNonNull(FaultTables.read(truth.resolve(bad ? TRUTH + ".bad" : TRUTH)));
    SortedMap<String, List<String>> right = new TreeMap<>();
    records.forEach(
        (id, payload) -> {
          List<String> rows = known.get(payload);
          if (rows != null) {
            right.put(id, new ArrayList<>(rows));
          }
        });
    return right;
  }

  /** Records as a file, for a run in a process of its own. */
  static void write(SortedMap<String, String> records, Path file) throws IOException {
    Files.write(
        file, records.entrySet().stream().map(r -> r.getKey() + " " + r.getValue()).toList());
  }

  static SortedMap<String, String> read(Path file) throws IOException {
    SortedMap<String, String> records = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ", 2);
      records.put(words[0], words[1]);
    }
    return records;
  }
}
