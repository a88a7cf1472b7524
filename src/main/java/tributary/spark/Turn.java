package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import tributary.base.Reason;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.read.Digest;
import tributary.spark.publish.History;
import tributary.spark.publish.Journal;
import tributary.spark.publish.Lease;
import tributary.spark.publish.Point;
import tributary.write.FailedRun;
import tributary.write.RunManifest;

/**
 * A run's turn to write an output: it has the lease, and what runs before left is finished or gone.
 * On the driver.
 */
final class Turn implements AutoCloseable {
  private static final int SHORT = 12;
  private static final System.Logger LOG = System.getLogger("tributary");

  private final JobConfig config;
  private final Configuration hadoop;
  private final String run;
  private final String startedAt = Instant.now().toString();
  private final Lease lease;
  private final Optional<Lease> quarantine;
  private final Journal journal;
  private final List<Path> folders;
  private final Optional<CommittedTable> table;
  private boolean replaces;

  private Turn(
      JobConfig config, SparkSession spark, String run, Lease lease, Optional<Lease> quarantine) {
    this.config = config;
    this.hadoop = spark.sparkContext().hadoopConfiguration();
    this.quarantine = quarantine;
    this.table = CommittedTable.of(spark, config.output());
    this.run = run;
    this.lease = lease;
    this.journal =
        new Journal(
            this::files,
            (from, to) -> Carry.files(spark, from, to),
            runs(config),
            this::requireHeld);
    this.folders =
        new ArrayList<>(
            List.of(config.output(), config.quarantine()).stream()
                .filter(Sinks::isFolder)
                .map(s -> new Path(s.path()))
                .toList());
  }

  /**
   * Takes the lease.
   *
   * @throws Problems.Refused where another run has it, or it can't be made
   */
  static Turn take(JobConfig config, SparkSession spark, Lease.Pace pace) {
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    Path runs = runs(config);
    String key = "output." + config.output().place();
    String place = config.output().path();
    Lease own = null;
    try {
      FileSystem files = FileSystems.of(runs, hadoop);
      String run = new History(files, runs).next();
      own = Lease.take(files, runs, run, pace);
      Optional<Path> apart = quarantineApart(config);
      key = "quarantine.path";
      place = config.quarantine().path();
      Optional<Lease> second =
          apart.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  Lease.take(FileSystems.of(apart.get(), hadoop), apart.get(), run, pace));
      return new Turn(config, spark, run, own, second);
    } catch (RuntimeException e) {
      // Clients of object stores throw what they like.
      if (own != null) {
        own.close();
      }
      throw e;
    } catch (IOException e) {
      if (own != null) {
        own.close();
      }
      Problems problems = new Problems();
      problems.invalid(
          key,
          place,
          e instanceof Lease.Refused
              ? String.valueOf(e.getMessage())
              : "a place for a lease: " + Reason.of(e));
      problems.refuse();
      throw new IllegalStateException("Cannot take a lease", e);
    }
  }

  /** A quarantine that another output's runs may write, too, has a lease of its own. */
  private static Optional<Path> quarantineApart(JobConfig config) {
    JobConfig.Sink sink = config.quarantine();
    boolean apart = !sink.path().startsWith(config.output().path());
    return apart && Sinks.isFolder(sink)
        ? Optional.of(History.folder(sink.path()))
        : Optional.empty();
  }

  /** Where the runs of a job's output are told of. */
  static Path runs(JobConfig config) {
    return Sinks.isFolder(config.output())
        ? History.folder(config.output().path())
        : History.folder(config.manifest().replaceFirst("\\.manifest\\.json$", ""));
  }

  /**
   * Whether the last run was over its error budget and left a quarantine without an output: the
   * next one, over data that was mended, replaces it.
   */
  private static boolean isSecondTry(JobConfig config, Configuration hadoop) {
    try {
      Path output = new Path(config.output().path());
      History history = new History(FileSystems.of(runs(config), hadoop), runs(config));
      SortedSet<String> runs = history.names();
      return !runs.isEmpty()
          && RunManifest.of(history.text(runs.last())).status().equals(RunManifest.EXCEEDED)
          && !FileSystems.of(output, hadoop).exists(output);
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Whether the quarantine that is there is of a run which published no output: over its error
   * budget, or killed.
   */
  static boolean replacesQuarantine(JobConfig config, Configuration hadoop) {
    try {
      return isSecondTry(config, hadoop)
          || Journal.isLeft(
              FileSystems.of(runs(config), hadoop), runs(config), config.quarantine().path());
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether a run before has begun to publish, which the next one finishes. */
  static boolean isOpen(JobConfig config, Configuration hadoop) {
    try {
      return Journal.isOpen(FileSystems.of(runs(config), hadoop), runs(config));
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  /** The last run that published a table; none where there is none. */
  Optional<RunManifest> last() {
    try {
      History history = new History(files(runs(config)), runs(config));
      List<String> latestFirst = new ArrayList<>(history.names());
      Collections.reverse(latestFirst);
      for (String name : latestFirst) {
        Optional<RunManifest> run = finished(history.text(name));
        if (run.isPresent()) {
          return run;
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot read the runs before: " + Reason.of(e));
    }
    return Optional.empty();
  }

  /**
   * What a run noted of the version of its input.
   *
   * @throws IllegalStateException where that is not there
   */
  String remembered(String version) {
    try {
      return new History(files(runs(config)), runs(config))
          .noted(version)
          .orElseThrow(() -> new IllegalStateException("no files are noted of it"));
    } catch (IOException e) {
      throw new IllegalStateException(Reason.of(e), e);
    }
  }

  /** Notes, for the next run, what it must know of the version of the input. */
  void remember(String version, String memory) {
    try {
      new History(files(runs(config)), runs(config)).note(version, memory);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot publish: " + Reason.of(e), e);
    }
  }

  /** After the run is published: what was noted of other versions goes. */
  void forgetOthers(String version) {
    try {
      new History(files(runs(config)), runs(config)).forgetOthers(version);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot remove notes of earlier runs: " + Reason.of(e));
    }
  }

  private static Optional<RunManifest> finished(String text) {
    try {
      return Optional.of(RunManifest.of(text)).filter(m -> m.status().equals(RunManifest.DONE));
    } catch (UncheckedIOException failedOrCut) {
      return Optional.empty();
    }
  }

  private FileSystem files(Path path) throws IOException {
    return FileSystems.of(path, hadoop);
  }

  /** What a run before had begun to publish, now finished; none where it had not begun. */
  Optional<RunManifest> recover() {
    Point.LEASED.reached();
    try {
      Optional<Journal.Intent> finished = journal.recover(folders, this::isCommitted);
      Point.RECOVERED.reached();
      return finished.map(i -> RunManifest.of(i.text()));
    } catch (IOException e) {
      throw new IllegalStateException(
          "Cannot finish what a run before had begun: " + Reason.of(e), e);
    }
  }

  /**
   * After the lease is had: what preflight saw may be of another run that has ended since.
   *
   * @throws Problems.Refused where something is there and the mode is error
   */
  void requireFree(SparkSession spark) {
    Problems problems = new Problems();
    SinkPlaces.check(spark, "output", config.output(), false, problems);
    replaces = replacesQuarantine(config, hadoop);
    SinkPlaces.check(spark, "quarantine", config.quarantine(), replaces, problems);
    problems.refuse();
  }

  /**
   * Before a quarantine is written that can't be staged: should the run come to nothing, the next
   * one will know that what is there was left by it.
   *
   * @return how to write it
   */
  SaveMode directly(JobConfig.Sink sink) {
    if (sink.mode() != JobConfig.Sink.Mode.ERROR) {
      return Sinks.mode(sink);
    }
    try {
      journal.directly(sink.path());
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write " + sink.path() + ": " + Reason.of(e), e);
    }
    return replaces ? SaveMode.Overwrite : SaveMode.ErrorIfExists;
  }

  /** A sink's table, staged: where it is written to. */
  JobConfig.Sink staged(JobConfig.Sink sink) {
    return new JobConfig.Sink(
        sink.format(),
        Journal.staging(new Path(sink.path()), run).toString(),
        JobConfig.Sink.Mode.OVERWRITE,
        sink.options(),
        sink.deletes());
  }

  /** Its name in the history. */
  String run() {
    return run;
  }

  /** Digest of the history's place: no other output's runs have it. */
  String owner() {
    return new Digest().text(whole(runs(config).toString())).hex().substring(0, SHORT);
  }

  private boolean isCommitted(String committed) {
    return table.filter(t -> t.has(committed)).isPresent();
  }

  /**
   * Before the output's own commit: the run counts as soon as that is there.
   *
   * @param sinks whose tables were staged
   */
  void intend(List<JobConfig.Sink> sinks, RunManifest manifest) {
    try {
      journal.intend(intent(sinks, manifest, true));
    } catch (IOException e) {
      throw new IllegalStateException("Cannot publish: " + Reason.of(e), e);
    }
  }

  private Journal.Intent intent(
      List<JobConfig.Sink> sinks, RunManifest manifest, boolean awaitsCommit) {
    List<Journal.Move> moves = new ArrayList<>();
    for (JobConfig.Sink sink : sinks) {
      // Another run, from another folder, may have to finish it.
      moves.add(new Journal.Move(whole(staged(sink).path()), whole(sink.path())));
    }
    return new Journal.Intent(
        run, manifest.runId(), moves, whole(config.manifest()), manifest.json(), awaitsCommit);
  }

  /**
   * Makes what was staged visible, and tells of the run.
   *
   * @param sinks whose tables were staged
   */
  void publish(List<JobConfig.Sink> sinks, RunManifest manifest) {
    try {
      journal.publish(intent(sinks, manifest, false));
    } catch (IOException e) {
      throw new IllegalStateException("Cannot publish: " + Reason.of(e), e);
    }
  }

  private String whole(String path) {
    try {
      Path given = new Path(path);
      return files(given).makeQualified(given).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** Still this run's. */
  void requireHeld() {
    lease.requireHeld();
    quarantine.ifPresent(Lease::requireHeld);
  }

  /** Whether the run is published, or will be by the next one; also where that can't be known. */
  boolean counts() {
    try {
      return journal.counts(run, this::isCommitted);
    } catch (IOException e) {
      return true;
    }
  }

  /** Tells of a run that came to nothing, and removes what it staged. */
  void failed(Throwable why) {
    try {
      if (!(why instanceof TableCommit.Wrong) && journal.counts(run, this::isCommitted)) {
        // All was staged and compared: the next run finishes it.
        return;
      }
      journal.withdraw(run);
      journal.discard(folders, run);
      new History(files(runs(config)), runs(config))
          .failed(run, new FailedRun("failed", startedAt, Reason.of(why)).json());
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot tell of the failed run: " + Reason.of(e));
    }
  }

  @Override
  public void close() {
    quarantine.ifPresent(Lease::close);
    lease.close();
  }
}
