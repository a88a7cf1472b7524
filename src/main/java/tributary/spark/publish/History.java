package tributary.spark.publish;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The runs of an output: a file each, named by when they began, beside the output. */
public final class History {
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);
  private static final String END = ".json";

  /** Names of notes begin so. */
  private static final String NOTE = "_input-";

  private final Store store;
  private final Path folder;

  /**
   * @param folder of one output's runs
   */
  public History(FileSystem files, Path folder) {
    this.store = new Store(files);
    this.folder = folder;
  }

  /** Where the runs of a table are told of, by the table's path. */
  public static Path folder(String table) {
    // A path has no slash at its end.
    return new Path(new Path(table) + ".runs");
  }

  /**
   * A name that no other run has. Names are in the order in which runs began, whatever the clock of
   * the machine that an earlier one ran on.
   */
  public String next() throws IOException {
    Instant now = Instant.now();
    SortedSet<String> before = names();
    if (!before.isEmpty()) {
      Instant last = NAME.parse(before.last().split("-", 2)[0], Instant::from);
      now = now.isAfter(last) ? now : last.plusMillis(1);
    }
    return NAME.format(now) + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  /** Adds a run. */
  void add(String run, String text) throws IOException {
    store.write(new Path(folder, run + END), text);
  }

  /** Adds a run that came to nothing, unless another has finished it. */
  public void failed(String run, String text) throws IOException {
    Path file = new Path(folder, run + END);
    if (!store.exists(file)) {
      store.write(file, text);
    }
  }

  /** Notes something of a version of the input. */
  public void note(String version, String text) throws IOException {
    store.write(new Path(folder, NOTE + version), text);
  }

  /** What was noted of a version; none where nothing is. */
  public Optional<String> noted(String version) throws IOException {
    return store.text(new Path(folder, NOTE + version));
  }

  /** Removes what was noted of other versions. */
  public void forgetOthers(String version) throws IOException {
    for (FileStatus status : store.list(folder)) {
      String name = status.getPath().getName();
      if (name.startsWith(NOTE) && !name.equals(NOTE + version)) {
        store.delete(status.getPath());
      }
    }
  }

  /** Names of the runs, earliest first. */
  public SortedSet<String> names() throws IOException {
    SortedSet<String> names = new TreeSet<>();
    for (FileStatus status : store.list(folder)) {
      String name = status.getPath().getName();
      if (name.matches("\\d{8}T\\d{9}Z-.*\\" + END)) {
        names.add(name.substring(0, name.length() - END.length()));
      }
    }
    return names;
  }

  /** What a run says, as it is, also where it is no JSON; empty of a run that is not there. */
  public String text(String run) throws IOException {
    return store.text(new Path(folder, run + END)).orElse("");
  }

  /** What each run says, by name, earliest first. */
  public SortedMap<String, String> runs() throws IOException {
    SortedMap<String, String> runs = new TreeMap<>();
    for (String run : names()) {
      runs.put(run, text(run));
    }
    return runs;
  }
}
