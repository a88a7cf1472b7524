package tributary.spark.roots;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;
import tributary.merge.NodeBytes;
import tributary.read.Digest;
import tributary.spark.roots.RootIndex.Place;
import tributary.spark.roots.RootPortion.Entry;
import tributary.spark.roots.RootPortion.Portion;

/**
 * The roots beside an output, in a folder per model and recipe: files that can go at any time, for
 * what is not there is computed anew. On the driver; its callers hold the output's lease.
 */
public final class RootStore {
  private static final System.Logger LOG = System.getLogger("tributary");
  private static final int NAME = 12;

  /** A portion of fewer bytes is small; so many small ones are made one. */
  private static final long SMALL = RootWriter.MOST / 4;

  private static final int SCATTERED = 64;

  private final FileSystem files;
  private final Path folder;
  private final long plan;
  private long latest;

  /**
   * @param root of all models and recipes
   * @param modelHash as rows have it
   * @param recipeHash as rows have it
   */
  public RootStore(FileSystem files, Path root, String modelHash, String recipeHash) {
    this.files = files;
    this.folder =
        new Path(
            files.makeQualified(root),
            modelHash.substring(0, NAME) + "-" + recipeHash.substring(0, NAME));
    this.plan = new Digest().text(modelHash).text(recipeHash).start();
  }

  /** Where the roots of an output are, by the folder of its runs. */
  public static Path folder(Path runs) {
    return new Path(runs.getParent(), runs.getName().replaceFirst("\\.runs$", "") + ".roots");
  }

  /** Of this model and recipe. */
  public String folder() {
    return folder.toString();
  }

  /** Digest of both. */
  public long plan() {
    return plan;
  }

  /** Where each root is; none where there are none, or where that can't be known. */
  private Optional<RootIndex> index() {
    List<Place> alive;
    try {
      alive = RootIndex.alive(portions(), id -> true);
    } catch (IOException | RuntimeException e) {
      // Clients of file systems throw either. What is not found is computed anew.
      LOG.log(System.Logger.Level.WARNING, "Cannot use the roots in " + folder, e);
      return Optional.empty();
    }
    latest = alive.stream().mapToLong(p -> p.entry().time()).max().orElse(0);
    return alive.isEmpty() ? Optional.empty() : Optional.of(RootIndex.of(alive));
  }

  /**
   * What tasks must know.
   *
   * @param send the index to the executors
   */
  public RootPlan plan(
      Function<Tuple2<long[][], String[]>, Broadcast<Tuple2<long[][], String[]>>> send) {
    Optional<RootIndex> index = index();
    long time = Math.max(System.currentTimeMillis(), latest + 1);
    return new RootPlan(
        folder.toString(), plan, time, index.map(i -> send.apply(i.sent())).orElse(null));
  }

  private List<Portion> portions() throws IOException {
    List<Portion> portions = new ArrayList<>();
    if (!files.exists(folder)) {
      return portions;
    }
    List<FileStatus> newestFirst =
        Arrays.stream(files.listStatus(folder))
            .filter(f -> f.getPath().getName().startsWith(RootPortion.NAME))
            .sorted(Comparator.comparingLong(FileStatus::getModificationTime).reversed())
            .toList();
    long roots = 0;
    for (FileStatus file : newestFirst) {
      Optional<Portion> portion = portion(file);
      roots += portion.map(p -> p.entries().size()).orElse(0);
      if (roots > RootIndex.MOST) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} has more roots than the {1} that are used: the newest",
            folder,
            RootIndex.MOST);
        return portions;
      }
      portion.ifPresent(portions::add);
    }
    return portions;
  }

  /** None of a file that can't be read; one that is not what was written is taken away. */
  private Optional<Portion> portion(FileStatus file) throws IOException {
    try {
      return Optional.of(RootPortion.read(files, file, plan));
    } catch (IllegalStateException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} is taken away, its roots are computed anew: {1}",
          file.getPath(),
          e.getMessage());
      files.delete(file.getPath(), false);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot use the roots in " + file.getPath(), e);
    }
    return Optional.empty();
  }

  /**
   * What is to be written anew, in arrays that any serializer can send.
   *
   * @param into for each new file the files that its roots are in, and of each root the number of
   *     its file, its key in four, its time, its offset and its length
   * @param old files that go then
   */
  public record Work(List<Tuple2<String[], long[][]>> into, List<Path> old) {}

  /** Which ids the output has. */
  public interface Ids {
    /**
     * Digests of the output's ids, {@link #digest}; none where they are too many.
     *
     * @param roots more than which are there, of a modality at most one an id
     */
    Optional<Set<Long>> ifFewerThan(long roots);
  }

  /** Of an id. */
  public static long digest(String id) {
    return RootKey.id(id);
  }

  /**
   * After the output is there: what runs that were killed left half-written goes; what is to be
   * written anew is told, none where that is not worth it.
   */
  public Optional<Work> tidy(Ids ids) throws IOException {
    if (!files.exists(folder)) {
      return Optional.empty();
    }
    for (FileStatus file : files.listStatus(folder)) {
      if (file.getPath().getName().startsWith(".")) {
        files.delete(file.getPath(), false);
      }
    }
    others();
    List<Portion> portions = portions();
    List<Place> alive = RootIndex.alive(portions, id -> true);
    Optional<Set<Long>> there = ids.ifFewerThan(alive.size());
    if (there.isPresent()) {
      LongPredicate isThere = there.get()::contains;
      alive = RootIndex.alive(portions, isThere);
    }
    long all = portions.stream().mapToLong(p -> p.entries().size()).sum();
    long small = portions.stream().filter(p -> p.bytes() < SMALL).count();
    return 2L * alive.size() < all || small > SCATTERED
        ? Optional.of(work(portions, alive))
        : Optional.empty();
  }

  /** Roots of other models and recipes go: no row that a run made has either any more. */
  private void others() throws IOException {
    for (FileStatus other : files.listStatus(folder.getParent())) {
      String name = other.getPath().getName();
      if (name.matches("[0-9a-f]{12}-[0-9a-f]{12}") && !name.equals(folder.getName())) {
        files.delete(other.getPath(), true);
      }
    }
  }

  /** Files of which a quarter is dead, and small ones. */
  private static Work work(List<Portion> portions, List<Place> alive) {
    Map<Path, List<Entry>> living = new LinkedHashMap<>();
    portions.forEach(p -> living.put(p.path(), new ArrayList<>()));
    alive.forEach(
        place -> living.getOrDefault(place.portion().path(), List.of()).add(place.entry()));
    for (Portion p : portions) {
      int own = living.getOrDefault(p.path(), List.of()).size();
      if (p.bytes() >= SMALL && 4L * own > 3L * p.entries().size()) {
        living.remove(p.path());
      }
    }
    List<Tuple2<String[], long[][]>> into = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<long[]> roots = new ArrayList<>();
    long bytes = 0;
    for (Map.Entry<Path, List<Entry>> e : living.entrySet()) {
      for (Entry root : e.getValue()) {
        roots.add(numbers(names.size(), root));
        bytes += root.length();
      }
      names.add(e.getKey().toString());
      if (bytes >= RootWriter.MOST) {
        into.add(new Tuple2<>(names.toArray(new String[0]), roots.toArray(new long[0][])));
        names.clear();
        roots.clear();
        bytes = 0;
      }
    }
    if (!roots.isEmpty()) {
      into.add(new Tuple2<>(names.toArray(new String[0]), roots.toArray(new long[0][])));
    }
    return new Work(into, List.copyOf(living.keySet()));
  }

  private static long[] numbers(int file, Entry root) {
    RootKey key = root.key();
    return new long[] {
      file, key.high(), key.low(), key.slot(), key.id(), root.time(), root.offset(), root.length()
    };
  }

  /**
   * In a task: writes one file of {@link Work#into}.
   *
   * @return whether all is there; a root that is damaged is left out
   */
  public static boolean write(
      Tuple2<String[], long[][]> work, RootPlan plan, FileSystem files, NodeBytes nodes) {
    boolean[] failed = {false};
    try (RootWriter out = new RootWriter(plan, files, nodes, () -> failed[0] = true)) {
      for (int from = 0; from < work._2().length; ) {
        int to = from;
        while (to < work._2().length && work._2()[to][0] == work._2()[from][0]) {
          to++;
        }
        long[][] roots = Arrays.copyOfRange(work._2(), from, to);
        copy(files, new Path(work._1()[(int) roots[0][0]]), roots, out);
        from = to;
      }
    }
    return !failed[0];
  }

  /** What can't be read of a file is left out. */
  private static void copy(FileSystem files, Path file, long[][] roots, RootWriter out) {
    try (FSDataInputStream in = files.open(file)) {
      for (long[] root : roots) {
        byte[] bytes = RootPortion.bytes(in, root[6], root[7]);
        if (RootPortion.isWhole(bytes)) {
          out.put(new RootKey(root[1], root[2], root[3], root[4]), root[5], bytes);
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "Cannot read the roots in " + file, e);
    }
  }

  /** After the new files are there. */
  public void done(Work work) throws IOException {
    for (Path old : work.old()) {
      files.delete(old, false);
    }
  }
}
