package tributary.spark;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.ModelFiles;

/**
 * What a job's places tell before there is a session, and so before a cluster is asked for
 * executors; preflight finds it again, among all else. Whatever can't be told is left to it. On the
 * driver.
 */
final class Ahead {
  /** Formats whose path is a file, a folder or a pattern, and no name of a table. */
  private static final Set<String> OF_FILES =
      Set.of("parquet", "orc", "json", "csv", "text", "avro", "xml", "binaryfile");

  private static final Set<String> WRITTEN =
      Set.of("output.path", "quarantine.path", "manifest", "run.checkpoint");

  private final JobConfig config;
  private final Configuration hadoop;
  private final Problems problems = new Problems();

  private Ahead(JobConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
  }

  /** What is wrong with the places of a job that writes. */
  static Problems check(JobConfig config, Configuration hadoop) {
    Ahead ahead = new Ahead(config, hadoop);
    schemes(config, hadoop, true, ahead.problems);
    if (ahead.problems.none()) {
      ahead.taken("output", config.output());
      ahead.taken("quarantine", config.quarantine());
      ahead.model();
      ahead.input();
    }
    return ahead.problems;
  }

  /**
   * Refuses places on file systems that no library serves.
   *
   * @param writes whether the job writes what it makes
   */
  static void schemes(JobConfig config, Configuration hadoop, boolean writes, Problems problems) {
    places(config, writes)
        .forEach(
            (key, path) -> {
              try {
                FileSystems.of(new Path(path), hadoop);
              } catch (FileSystems.NoLibrary e) {
                problems.invalid(key, path, use(key) + e.lack());
              } catch (IOException | IllegalArgumentException e) {
                // Whoever opens it says why.
              }
            });
  }

  private static String use(String key) {
    return "a place that can be " + (WRITTEN.contains(key) ? "written: " : "read: ");
  }

  private static Map<String, String> places(JobConfig config, boolean writes) {
    Map<String, @Nullable String> places = new LinkedHashMap<>();
    places.put("model.path", config.model().path());
    places.put("input.path", config.input().path());
    places.put("run.checkpoint", config.run().checkpoint());
    config.modalities().forEach((m, c) -> places.put("modalities." + m + ".base", c.base()));
    if (writes) {
      places.put("output.path", config.output().isNamed() ? null : config.output().path());
      places.put("quarantine.path", config.quarantine().path());
      places.put("manifest", config.manifest());
    }
    Map<String, String> given = new LinkedHashMap<>();
    places.forEach(
        (key, path) -> {
          if (path != null && !path.isEmpty()) {
            given.put(key, path);
          }
        });
    return given;
  }

  private void taken(String key, JobConfig.Sink sink) {
    if (sink.mode() == JobConfig.Sink.Mode.ERROR
        && !sink.isNamed()
        && isThere(sink.path(), false)
        && !Turn.isOpen(config, hadoop)
        && !(key.equals("quarantine") && Turn.replacesQuarantine(config, hadoop))) {
      problems.invalid(key + ".path", sink.path(), SinkPlaces.taken(key));
    }
  }

  private void model() {
    String path = config.model().path();
    if (path != null && !isThere(path + "/" + ModelFiles.CONFIG, true)) {
      problems.add("Cannot load model " + path + ": no " + ModelFiles.CONFIG + " in it");
    }
  }

  private void input() {
    String path = config.input().path();
    String format = config.input().format();
    if (path != null && OF_FILES.contains(format.toLowerCase(Locale.ROOT)) && !matches(path)) {
      problems.add("Cannot open input: " + format + " " + path + ": no such file or folder");
    }
  }

  /** Whether a pattern names something; true where that can't be told. */
  private boolean matches(String pattern) {
    try {
      Path path = new Path(pattern);
      FileSystem fs = FileSystems.of(path, hadoop);
      FileStatus[] found = fs.globStatus(path);
      return fs.exists(path) || found != null && found.length > 0;
    } catch (IOException | RuntimeException e) {
      return true;
    }
  }

  private boolean isThere(String path, boolean unknown) {
    try {
      Path place = new Path(path);
      return FileSystems.of(place, hadoop).exists(place);
    } catch (IOException | RuntimeException e) {
      return unknown;
    }
  }
}
