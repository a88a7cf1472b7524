package tributary.spark;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import tributary.config.JobConfig;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;
import tributary.config.TestJob;
import tributary.spark.publish.Point;

/**
 * Many runs of one output, each with a fault at a random step, each followed by one without: counts
 * what was lost, doubled or changed against a table that is made anew in one go. Seeds replay. By
 * hand: java ... tributary.spark.FaultRuns RUNS SEED.
 */
public final class FaultRuns {
  private enum Fault {
    STOP,
    SECOND_WRITER,
    FILE_LOST,
    DISK_CHANGED
  }

  private final Random random;
  private final Path folder;
  private final SortedMap<String, String> records = new TreeMap<>();
  private final Map<Fault, Integer> hits = new EnumMap<>(Fault.class);
  private long lost;
  private long doubled;
  private long changed;
  private long left;

  private FaultRuns(long seed, Path folder) {
    this.random = new Random(seed);
    this.folder = folder;
  }

  /** RUNS SEED. */
  public static void main(String[] args) throws IOException {
    int runs = Integer.parseInt(args[0]);
    FaultRuns all = new FaultRuns(Long.parseLong(args[1]), Files.createTempDirectory("faults"));
    long start = System.nanoTime();
    for (int run = 0; run < runs; run++) {
      all.step(run);
    }
    System.out.printf(
        "%d runs with a fault, hit %s; lost %d, doubled %d, changed %d, left behind %d; %.0f s%n",
        runs,
        all.hits,
        all.lost,
        all.doubled,
        all.changed,
        all.left,
        (System.nanoTime() - start) / 1e9);
    SparkFixture.spark().stop();
    System.exit(all.lost + all.doubled + all.changed + all.left == 0 ? 0 : 1);
  }

  private JobConfig job(String name, Sink.Mode mode) {
    return TestJob.in(folder)
        .columns("text", "caption")
        .output(
            new Sink(
                "parquet",
                folder.resolve(name).toString(),
                mode,
                Map.of(),
                JobConfig.Sink.Deletes.REMOVE))
        .build()
        .quarantining(
            new Sink("parquet", folder.resolve(name + ".bad").toString(), mode, Map.of()));
  }

  private static void run(JobConfig job, Dataset<Row> table) {
    FuseJob.run(job, Map.of(), SparkFixture.spark(), table);
  }

  private Dataset<Row> table() {
    String rows =
        records.entrySet().stream()
            .map(r -> "('" + r.getKey() + "', X'" + r.getValue() + "')")
            .collect(Collectors.joining(", "));
    return SparkFixture.spark().sql("values " + rows + " as t(id, caption)");
  }

  /** Some records come, change and go; some can't be read. */
  private void change() {
    for (int i = 0; i < 1 + random.nextInt(6); i++) {
      String id = "r" + random.nextInt(20);
      if (random.nextInt(4) == 0) {
        records.remove(id);
      } else {
        records.put(
            id, random.nextInt(5) == 0 ? "FF" : "61%02X".formatted(97 + random.nextInt(26)));
      }
    }
    records.put("always", "61");
  }

  private void step(int number) throws IOException {
    change();
    JobConfig job = job("out", random.nextBoolean() ? Sink.Mode.MERGE : Sink.Mode.OVERWRITE);
    Dataset<Row> table = table();
    Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
    boolean[] hit = {false};
    arm(fault, job, table, hit);
    try {
      run(job, table);
    } catch (Problems.Refused e) {
      throw e;
    } catch (Exception hitByTheFault) {
      // Spark throws checked exceptions that no method declares.
    }
    Point.unobserved();
    if (hit[0]) {
      hits.merge(fault, 1, Integer::sum);
    }
    run(job, table);
    String right = "right" + number;
    run(job(right, Sink.Mode.ERROR), table);
    compare(rows(job), rows(job(right, Sink.Mode.ERROR)));
    remove(folder, right);
    try (Stream<Path> files = Files.list(folder)) {
      left += files.map(f -> f.getFileName().toString()).filter(n -> n.startsWith("_")).count();
    }
  }

  private void arm(Fault fault, JobConfig job, Dataset<Row> table, boolean[] hit) {
    Point[] points = Point.values();
    Point at =
        switch (fault) {
          case STOP, SECOND_WRITER -> points[random.nextInt(points.length)];
          case FILE_LOST -> Point.WRITTEN;
          case DISK_CHANGED -> Point.ENCODED;
        };
    Point.observe(
        point -> {
          if (point != at || hit[0]) {
            return;
          }
          switch (fault) {
            case STOP -> {
              hit[0] = true;
              throw new IllegalStateException("Cannot go on: stopped at " + at);
            }
            case SECOND_WRITER -> {
              hit[0] = true;
              try {
                run(job, table);
                throw new AssertionError("a second writer was let through at " + at);
              } catch (Problems.Refused right) {
                // As it must be.
              }
            }
            case FILE_LOST -> hit[0] = lose();
            case DISK_CHANGED -> hit[0] = damage();
          }
        });
  }

  private boolean lose() {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> parts =
          files
              .filter(f -> f.toString().contains("_out.staging-"))
              .filter(f -> f.getFileName().toString().startsWith("part-"))
              .toList();
      Files.delete(parts.get(random.nextInt(parts.size())));
      return true;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A byte in the second half of a block, where the values are. */
  private boolean damage() {
    List<File> blocks = new ArrayList<>();
    SparkEnv.get()
        .blockManager()
        .diskBlockManager()
        .getAllFiles()
        .foreach(
            f -> {
              if (f.getName().startsWith("rdd_") && f.length() > 3000) {
                blocks.add(f);
              }
              return null;
            });
    if (blocks.isEmpty()) {
      return false;
    }
    File block = blocks.get(random.nextInt(blocks.size()));
    try (RandomAccessFile file = new RandomAccessFile(block, "rw")) {
      long place = file.length() / 2 + random.nextInt((int) (file.length() / 2));
      file.seek(place);
      int was = file.read();
      file.seek(place);
      file.write(~was);
      return true;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SortedMap<String, List<String>> rows(JobConfig job) {
    SortedMap<String, List<String>> rows = new TreeMap<>();
    for (Sink sink : List.of(job.output(), job.quarantine())) {
      Dataset<Row> table = SparkFixture.spark().read().format("parquet").load(sink.path());
      for (Row row : table.drop("run_id").collectAsList()) {
        rows.computeIfAbsent(row.getString(0), i -> new ArrayList<>()).add(row.toString());
      }
    }
    return rows;
  }

  private void compare(
      SortedMap<String, List<String>> found, SortedMap<String, List<String>> right) {
    right.forEach(
        (id, rows) -> {
          List<String> own = found.getOrDefault(id, List.of());
          lost += own.isEmpty() ? 1 : 0;
          doubled += own.size() > 1 ? 1 : 0;
          changed += own.size() == 1 && !own.equals(rows) ? 1 : 0;
        });
    found.forEach((id, rows) -> doubled += right.containsKey(id) ? 0 : 1);
  }

  private static void remove(Path folder, String name) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path :
          walk.filter(p -> folder.relativize(p).toString().startsWith(name))
              .sorted(Comparator.reverseOrder())
              .toList()) {
        Files.delete(path);
      }
    }
  }
}
