package tributary.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig.Sink;
import tributary.spark.Faults.Fault;
import tributary.spark.publish.Point;

/**
 * Many runs of one output, each with a fault at a random step or moment, on a cluster of processes:
 * what was lost, doubled, changed, seen in part or left behind, against a table that was made in
 * one go without faults. A run that says it is done is taken at its word; one that fails is run
 * again. By hand, as root for the disks that are full: java ... tributary.spark.FaultRuns RUNS SEED
 * [local] [plain] [FAULT ...]; `local` runs tasks in the driver, which is quicker; `plain` has
 * plain Spark write the tables, to show that the faults hit. A seed gives the same records, faults,
 * points and delays again.
 */
public final class FaultRuns {
  private static final int SHOWN = 25;

  private final long seed;
  private final boolean plain;
  private final List<Fault> only;
  private final Random random;
  private final Path folder;
  private final Path lake;
  private final Path scratch;
  private final @Nullable FaultCluster cluster;
  private final FaultJob job;
  private final FaultAccount account = new FaultAccount();
  private final SortedMap<String, String> records = new TreeMap<>();
  private double seconds = 3;
  private double driverSeconds = 6;

  private FaultRuns(long seed, Set<String> how, Path folder)
      throws IOException, InterruptedException {
    this.seed = seed;
    this.plain = how.contains("plain");
    this.only = Stream.of(Fault.values()).filter(f -> how.contains(f.name())).toList();
    this.random = new Random(seed);
    this.folder = folder;
    this.lake = disk("lake", "48m");
    this.scratch = disk("scratch", "96m");
    this.cluster = how.contains("local") ? null : new FaultCluster(folder, scratch);
    Runtime.getRuntime().addShutdownHook(new Thread(this::clear));
    SparkSession spark = cluster == null ? local() : cluster.session();
    this.job = new FaultJob(spark, lake, folder, plain);
  }

  private SparkSession local() {
    return SparkSession.builder()
        .master("local[2,4]")
        .appName("faults")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.local.dir", scratch.toString())
        .getOrCreate();
  }

  /** RUNS SEED [local] [plain] [FAULT ...]. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int runs = Integer.parseInt(args[0]);
    Set<String> how = Set.copyOf(Arrays.asList(args).subList(2, args.length));
    Path folder = Files.createTempDirectory("faults");
    FaultRuns all = new FaultRuns(Long.parseLong(args[1]), how, folder);
    long start = System.nanoTime();
    try {
      all.job.know();
      for (int step = 1; all.account.runs() < runs; step++) {
        all.step(step);
        if (step % SHOWN == 0) {
          System.out.printf("%.0f s: %s", (System.nanoTime() - start) / 1e9, all.account);
        }
      }
      System.out.printf(
          "seed %s %s, %.0f s: %s", args[1], how, (System.nanoTime() - start) / 1e9, all.account);
    } finally {
      all.job.spark().stop();
    }
    System.exit(all.account.isRight() ? 0 : 1);
  }

  /** A folder on a disk of its own, that can be filled. */
  private Path disk(String name, String size) throws IOException, InterruptedException {
    Path mount = Files.createDirectories(folder.resolve(name + "-disk"));
    Process mounted =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", mount.toString())
            .inheritIO()
            .start();
    if (mounted.waitFor() != 0) {
      throw new IOException("Cannot mount a disk in " + mount);
    }
    return Files.createDirectory(mount.resolve(name));
  }

  /** At the end, also of one who is interrupted. */
  private void clear() {
    if (cluster != null) {
      cluster.close();
    }
    try {
      for (String disk : List.of("lake", "scratch")) {
        String mount = folder.resolve(disk + "-disk").toString();
        new ProcessBuilder("umount", "-l", mount).inheritIO().start().waitFor();
      }
    } catch (IOException e) {
      System.err.println("Cannot unmount: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    FileUtil.fullyDelete(folder.toFile());
  }

  private void step(int number) throws IOException, InterruptedException {
    FaultJob.change(records, random);
    Sink.Mode mode = random.nextInt(3) == 0 ? Sink.Mode.MERGE : Sink.Mode.OVERWRITE;
    boolean resumes = random.nextInt(3) == 0;
    Tables before = Tables.seen(lake);
    SortedMap<String, List<String>> out = job.right(records, false);
    SortedMap<String, List<String>> bad = job.right(records, true);
    Tables right = new Tables(out, bad);
    String name = "seed " + seed + " run " + number + " " + mode + (resumes ? " resuming " : " ");
    Tables seen;
    boolean done;
    do {
      Fault fault = draw();
      done = fault == Fault.DRIVER ? driver(mode, resumes) : here(fault, mode, resumes, name);
      name += fault + " ";
      seen = Tables.seen(lake);
      if (!done && !isWhole(seen, before, right)) {
        account.partly(name + ": of a run that failed");
      }
      // Half of those that fail are hit once more when they are run again.
    } while (!done && random.nextBoolean());
    if (!done) {
      seen = again(name, mode, resumes);
    }
    account.compare(name + " output", seen.out, out);
    account.compare(name + " quarantine", seen.bad, bad);
    left(name);
  }

  /** Rarely what takes long. */
  private Fault draw() {
    if (!only.isEmpty()) {
      return only.get(random.nextInt(only.size()));
    }
    int n = random.nextInt(100);
    if (n < 4) {
      return Fault.DRIVER;
    }
    if (n < 8 && cluster != null) {
      return Fault.WORKER;
    }
    Fault last = cluster == null ? Fault.BITS : Fault.EXECUTOR;
    return Fault.values()[random.nextInt(last.ordinal() + 1)];
  }

  /** What a reader finds. */
  private record Tables(
      @Nullable SortedMap<String, List<String>> out,
      @Nullable SortedMap<String, List<String>> bad) {
    static Tables seen(Path lake) {
      return new Tables(read(lake.resolve("out")), read(lake.resolve("out.bad")));
    }

    private static @Nullable SortedMap<String, List<String>> read(Path table) {
      try {
        return FaultTables.read(table);
      } catch (IOException | RuntimeException e) {
        return new TreeMap<>();
      }
    }
  }

  /** Whether each table is the one before or after, or away while the journal has it. */
  private boolean isWhole(Tables seen, Tables before, Tables right) {
    boolean journal = Files.exists(lake.resolve("out.runs/publish.json"));
    return isWhole(seen.out, before.out, right.out, journal)
        && isWhole(seen.bad, before.bad, right.bad, journal);
  }

  private static boolean isWhole(
      @Nullable SortedMap<String, List<String>> seen,
      @Nullable SortedMap<String, List<String>> before,
      @Nullable SortedMap<String, List<String>> right,
      boolean journal) {
    return seen == null ? journal || before == null : seen.equals(before) || seen.equals(right);
  }

  private boolean here(Fault fault, Sink.Mode mode, boolean resumes, String name)
      throws IOException, InterruptedException {
    SortedMap<String, String> own = new TreeMap<>(records);
    Faults armed =
        new Faults(
            fault,
            random,
            seconds,
            cluster,
            lake,
            scratch,
            () -> job.run(own, mode, resumes),
            plain);
    boolean done = false;
    long start = System.nanoTime();
    try (armed) {
      armed.start();
      job.run(records, mode, resumes);
      done = true;
      seconds = 0.9 * seconds + 0.1 * (System.nanoTime() - start) / 1e9;
    } catch (Exception | FSError hitByTheFault) {
      System.err.println("FAULT " + name + armed + ": " + hitByTheFault);
    }
    if (armed.wrong() != null) {
      account.tell(name + armed + ": " + armed.wrong());
    }
    account.run(fault, armed.hit(), done);
    return done;
  }

  /** A process that is killed at a point or at a moment. */
  private boolean driver(Sink.Mode mode, boolean resumes) throws IOException, InterruptedException {
    Point[] points = Point.values();
    String point =
        random.nextBoolean() && !plain ? points[random.nextInt(points.length)].name() : "none";
    double part = random.nextDouble();
    Path log = folder.resolve("driver.log");
    Files.deleteIfExists(log);
    Path file = folder.resolve("records");
    FaultJob.write(records, file);
    Process driver =
        Fork.start(
            folder,
            log,
            List.of("-XX:TieredStopAtLevel=1", "-Dspark.local.dir=" + folder.resolve("driver")),
            FaultDriver.class,
            lake.toString(),
            folder.toString(),
            String.valueOf(plain),
            file.toString(),
            mode.name(),
            String.valueOf(resumes),
            point);
    while (!Files.readString(log).contains("ready")) {
      if (driver.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(Files.readString(log));
      }
    }
    long start = System.nanoTime();
    if (point.equals("none")) {
      driver.waitFor((long) (part * driverSeconds * 1000), TimeUnit.MILLISECONDS);
      driver.destroyForcibly();
    }
    boolean done = driver.waitFor() == 0;
    if (done) {
      driverSeconds = (driverSeconds + (System.nanoTime() - start) / 1e9) / 2;
    } else if (driver.exitValue() != 128 + 9) {
      System.err.println(Files.readString(log));
    }
    account.run(Fault.DRIVER, driver.exitValue() == 128 + 9, done);
    return done;
  }

  private Tables again(String name, Sink.Mode mode, boolean resumes) {
    account.rerun();
    try {
      job.run(records, mode, resumes);
    } catch (Exception | FSError e) {
      account.tell(name + ": the rerun failed: " + e);
      e.printStackTrace();
    }
    return Tables.seen(lake);
  }

  private void left(String name) throws IOException {
    try (Stream<Path> files = Files.list(lake);
        Stream<Path> runs = plain ? Stream.<Path>empty() : Files.list(lake.resolve("out.runs"))) {
      files
          .filter(
              f -> !f.getFileName().toString().matches("out|out\\.bad|out\\.runs|manifest.json"))
          .forEach(f -> account.left(name + ": " + f + " is left"));
      runs.filter(f -> !f.getFileName().toString().matches("\\d{8}T\\d{9}Z-.*\\.json"))
          .forEach(f -> account.left(name + ": " + f + " is left"));
    }
  }
}
