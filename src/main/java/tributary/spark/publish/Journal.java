package tributary.spark.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Makes what a run has staged visible, all of it whatever happens: what is to be moved is written
 * down first, and the next run finishes what one that was killed has begun. Each table is seen as
 * it was, not at all for the moment between two renames, or as it is to be; never in part. Called
 * by who has the lease.
 */
public final class Journal {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final String FILE = "publish.json";
  private static final String DIRECT = "directly.txt";
  private static final String STAGING = "staging";
  private static final String OLD = "old";

  /** What a later version adds is passed over. */
  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /** Finds the file system of a path. */
  public interface FileSystemOf {
    FileSystem of(Path path) throws IOException;
  }

  /** Copies all files of a folder into another. */
  public interface Copier {
    void copy(Path from, Path to) throws IOException;
  }

  /** What is staged and where it belongs. */
  public record Move(String from, String to) {}

  /**
   * What a run makes visible.
   *
   * @param run its name in the history
   * @param runId equal for equal models and configurations
   * @param manifest path of the manifest
   * @param text of the manifest
   * @param awaitsCommit whether all of it counts only if the output has this run's commit
   */
  public record Intent(
      String run,
      String runId,
      List<Move> moves,
      String manifest,
      String text,
      boolean awaitsCommit) {
    /** What counts as it is. */
    public Intent(String run, String runId, List<Move> moves, String manifest, String text) {
      this(run, runId, moves, manifest, text, false);
    }

    private boolean counts(Predicate<String> committed) {
      return !awaitsCommit || committed.test(run);
    }

    private boolean isWhole() {
      return Stream.of(run, runId, moves, manifest, text).allMatch(Objects::nonNull);
    }
  }

  private final FileSystemOf files;
  private final Copier copier;
  private final Path folder;
  private final Runnable held;

  /**
   * @param folder where the runs of the output are told of
   * @param held throws where a lease is lost
   */
  public Journal(FileSystemOf files, Copier copier, Path folder, Runnable held) {
    this.files = files;
    this.copier = copier;
    this.folder = folder;
    this.held = held;
  }

  /**
   * What is taken out of a staged table's path to have that of the table: the group `remove`, as
   * OpenLineage's listener wants it.
   */
  public static final String STAGED = ".*/(?<remove>_[^/]+[.]" + STAGING + "-[^/]+/)[^/]*";

  /**
   * Where a table is staged: by its own name in a folder beside its place, hidden from who reads
   * the folder above.
   */
  public static Path staging(Path table, String run) {
    return new Path(beside(table, STAGING, run), table.getName());
  }

  private static Path beside(Path table, String what, String run) {
    return new Path(table.getParent(), prefix(table, what) + run);
  }

  private static String prefix(Path table, String what) {
    return "_" + table.getName() + "." + what + "-";
  }

  /**
   * Makes all of it visible.
   *
   * @throws IllegalStateException where the lease is lost; nothing is changed then
   */
  public void publish(Intent intent) throws IOException {
    intend(intent);
    Point.INTENDED.reached();
    finish(intent);
  }

  /**
   * Writes down what is to be made visible.
   *
   * @throws IllegalStateException where the lease is lost; nothing is changed then
   */
  public void intend(Intent intent) throws IOException {
    held.run();
    for (Move move : intent.moves) {
      Path from = new Path(move.from);
      if (!store(from).exists(from)) {
        throw new IOException(
            "Cannot publish " + move.to + ": what was staged in " + from + " is gone");
      }
    }
    store(file()).write(file(), JSON.writeValueAsString(intent));
  }

  /**
   * Whether the next run will finish what a run wrote down.
   *
   * @param committed whether the output has a run's commit
   */
  public boolean counts(String run, Predicate<String> committed) throws IOException {
    return intended().filter(i -> i.run.equals(run)).filter(i -> i.counts(committed)).isPresent();
  }

  /** Forgets what a run wrote down. */
  public void withdraw(String run) throws IOException {
    if (intended().filter(i -> i.run.equals(run)).isPresent()) {
      store(file()).delete(file());
    }
  }

  /**
   * Finishes what a run before intended, and clears away what runs before left.
   *
   * @param tables whose places are looked at
   * @param committed whether the output has a run's commit
   * @return what was finished; none where nothing was intended
   */
  public Optional<Intent> recover(List<Path> tables, Predicate<String> committed)
      throws IOException {
    Optional<Intent> found = intended().filter(i -> i.counts(committed));
    if (found.isEmpty()) {
      store(file()).delete(file());
    }
    if (found.isPresent()) {
      finish(found.get());
      LOG.log(
          System.Logger.Level.WARNING,
          "Finished what run {0} had staged, compared and begun to publish",
          found.get().run);
    }
    for (Path table : tables) {
      clear(table, STAGING);
      clear(table, OLD);
    }
    return found;
  }

  /** What a run before has begun to publish; a journal that was cut is none, for nothing moved. */
  private Optional<Intent> intended() throws IOException {
    Optional<String> text = store(file()).text(file());
    Optional<Intent> intent = text.flatMap(Journal::read);
    if (text.isPresent() && intent.isEmpty()) {
      store(file()).delete(file());
    }
    return intent;
  }

  private static Optional<Intent> read(String text) {
    try {
      return Optional.ofNullable(JSON.readValue(text, Intent.class)).filter(Intent::isWhole);
    } catch (JsonProcessingException cut) {
      return Optional.empty();
    }
  }

  /** Whether the folder of an output's runs says that a publication is to be finished. */
  public static boolean isOpen(FileSystem files, Path folder) throws IOException {
    return new Store(files).exists(new Path(folder, FILE));
  }

  /** Writes down that a run writes to a place at once where nothing is, until it is told of. */
  public void directly(String place) throws IOException {
    held.run();
    store(file()).write(new Path(folder, DIRECT), place);
  }

  /** Whether what is in a place was written to it by a run that came to nothing. */
  public static boolean isLeft(FileSystem files, Path folder, String place) throws IOException {
    return new Store(files).text(new Path(folder, DIRECT)).filter(place::equals).isPresent();
  }

  private void finish(Intent intent) throws IOException {
    List<Path> old = new ArrayList<>();
    for (Move move : intent.moves) {
      Path from = new Path(move.from);
      Path to = new Path(move.to);
      if (!from.getParent().getName().equals(beside(to, STAGING, intent.run).getName())) {
        throw new IOException(
            "Cannot finish run " + intent.run + ": " + file() + " was not written by it");
      }
      old.add(replace(from, to, intent.run));
      old.add(from.getParent());
    }
    Path manifest = new Path(intent.manifest);
    store(manifest).write(manifest, intent.text);
    store(manifest).sweep(manifest.getParent(), n -> n.startsWith("_" + manifest.getName() + "."));
    new History(files.of(folder), folder).add(intent.run, intent.text);
    store(file()).delete(new Path(folder, DIRECT));
    Point.TOLD.reached();
    for (Path path : old) {
      store(path).delete(path);
    }
    store(file()).delete(file());
    Point.CLEARED.reached();
  }

  /** In any state that an earlier try has left; gives where the old table is. */
  private Path replace(Path from, Path to, String run) throws IOException {
    Store store = store(to);
    Path old = beside(to, OLD, run);
    if (!store.exists(from)) {
      if (!store.exists(to)) {
        throw new IOException(
            "Cannot finish run %s: neither %s nor %s is there (the table before is %s)"
                .formatted(run, from, to, old));
      }
      return old;
    }
    held.run();
    if (store.movesAtOnce()) {
      move(store, from, to, old);
      return old;
    }
    store.delete(to);
    Point.OLD_ASIDE.reached();
    copier.copy(from, to);
    Point.MOVED.reached();
    return old;
  }

  private static void move(Store store, Path from, Path to, Path old) throws IOException {
    if (store.exists(to) && store.exists(old)) {
      // The old one is aside already; what is there now is not of a run that has the lease.
      store.delete(to);
    } else if (store.exists(to)) {
      store.move(to, old);
      Point.OLD_ASIDE.reached();
    }
    try {
      store.move(from, to);
    } catch (IOException e) {
      // Whoever took over meanwhile keeps what it has put there.
      if (!store.exists(to) && store.exists(old)) {
        store.move(old, to);
      }
      throw e;
    }
    Point.MOVED.reached();
  }

  /**
   * Removes what a table's place has beside it of runs that are over; an old table that has no new
   * one goes back.
   */
  private void clear(Path table, String what) throws IOException {
    Store store = store(table);
    for (FileStatus status : store.list(table.getParent())) {
      if (status.getPath().getName().startsWith(prefix(table, what))) {
        if (what.equals(OLD) && !store.exists(table)) {
          store.move(status.getPath(), table);
        } else {
          store.delete(status.getPath());
        }
      }
    }
  }

  /** Removes what one run has staged. */
  public void discard(List<Path> tables, String run) throws IOException {
    for (Path table : tables) {
      store(table).delete(beside(table, STAGING, run));
    }
  }

  private Path file() {
    return new Path(folder, FILE);
  }

  private Store store(Path path) throws IOException {
    return new Store(files.of(path));
  }
}
