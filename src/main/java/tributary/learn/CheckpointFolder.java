package tributary.learn;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.model.Weight;

/**
 * The checkpoints of one learning run, `step-0000000100.safetensors` and so on: the last few are
 * kept. Held by one process, one thread of it, from {@link #open} to {@link #close}.
 *
 * <p>A checkpoint is written beside its place, forced to the disk, read back and compared with its
 * checksum, then renamed in one step; only after that the oldest goes. So whenever the power fails
 * the folder has the last good one.
 */
public final class CheckpointFolder implements AutoCloseable {
  private static final String NAME = "step-%010d.safetensors";
  private static final String NAMES = "step-\\d{10,}\\.safetensors";
  private static final String PART = ".part";

  private final Path folder;
  private final int keep;
  private final RunIdentity identity;
  private final Consumer<String> say;
  private final @Nullable FolderLock lock; // null in a task of the run that holds the folder

  private CheckpointFolder(
      Path folder,
      int keep,
      RunIdentity identity,
      Consumer<String> say,
      @Nullable FolderLock lock) {
    this.folder = folder;
    this.keep = keep;
    this.identity = identity;
    this.say = say;
    this.lock = lock;
  }

  /**
   * Opens a folder, which is made where it is not there, and removes what a run that died left
   * half-written.
   *
   * @param keep how many checkpoints, 1 or more
   * @param identity of the run; checkpoints of others are refused
   * @param say takes a line for whoever runs this: what was left out, or taken over
   * @throws Refused if another run has the folder, with whose it is
   */
  public static CheckpointFolder open(
      Path folder, int keep, RunIdentity identity, Consumer<String> say) {
    if (keep < 1) {
      throw Invalid.argument("keep", keep, "1 or more");
    }
    try {
      Files.createDirectories(folder);
      FolderLock lock = FolderLock.take(folder, say);
      CheckpointFolder opened = new CheckpointFolder(folder, keep, identity, say, lock);
      for (Path part : opened.list(NAMES.replace("step", "\\.step") + "\\" + PART)) {
        Files.delete(part);
      }
      return opened;
    } catch (IOException e) {
      throw new Refused(List.of("Cannot use checkpoint folder " + folder + ": " + e));
    }
  }

  /**
   * In a task of the run whose driver has opened the folder: nothing is locked, nothing removed.
   */
  public static CheckpointFolder within(
      Path folder, int keep, RunIdentity identity, Consumer<String> say) {
    return new CheckpointFolder(folder, keep, identity, say, null);
  }

  /**
   * Writes a checkpoint; when this returns it is whole and on the disk.
   *
   * @throws LearningStopped if it can't be written: the ones before are as they were, and trying
   *     again fills no disk less
   */
  public Path write(Checkpoint checkpoint) {
    checkIdentity("write", folder, checkpoint);
    Path file = folder.resolve(String.format(Locale.ROOT, NAME, checkpoint.step()));
    Path part = folder.resolve("." + file.getFileName() + PART);
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE)) {
        CheckpointFile.write(channel, checkpoint);
      }
      Seal.check(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel entries = FileChannel.open(folder)) {
        entries.force(true);
      }
      deleteBefore(file);
      return file;
    } catch (IOException | Refused e) {
      LearningStopped failed =
          new LearningStopped(
              "Cannot write checkpoint "
                  + file
                  + ": "
                  + e.getMessage()
                  + " (those before it are as they were; a run that is started again goes on)");
      failed.initCause(e);
      try {
        Files.deleteIfExists(part);
      } catch (IOException more) {
        failed.addSuppressed(more);
      }
      throw failed;
    }
  }

  /** Of this one and those before it the last few remain; those after it are another attempt's. */
  private void deleteBefore(Path file) throws IOException {
    List<Path> files = files();
    int last = files.indexOf(file);
    for (Path old : files.subList(0, Math.max(0, last + 1 - keep))) {
      Files.delete(old);
    }
  }

  /** The files of whole or broken checkpoints, in the order of their steps. */
  public List<Path> files() {
    try {
      return list(NAMES);
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read checkpoint folder " + folder + ": " + e));
    }
  }

  private List<Path> list(String names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().matches(names)).sorted().toList();
    }
  }

  /**
   * The newest whole checkpoint, or nothing where there is none; a broken one is said and left out.
   *
   * @throws Refused if it is another run's, with what differs
   */
  public Optional<Checkpoint> latest() {
    List<Checkpoint> found = new ArrayList<>();
    last(1, found::add);
    return found.stream().findFirst();
  }

  /**
   * The mean of the weights of the last checkpoints, by name, summed in double from the newest to
   * the oldest.
   *
   * @param count of checkpoints, 1 or more
   * @throws Refused if there are not so many whole ones
   */
  public Map<String, Weight> average(int count) {
    if (count < 1) {
      throw Invalid.argument("average", count, "1 or more");
    }
    WeightAverage average = new WeightAverage();
    int found = last(count, checkpoint -> average.add(checkpoint.weights()));
    if (found < count) {
      String whole = folder + " has " + found + " whole ones";
      throw new Refused(List.of("Cannot average " + count + " checkpoints: " + whole));
    }
    return average.mean();
  }

  /** Takes the last whole checkpoints, at most so many, newest first; gives how many. */
  private int last(int count, Consumer<Checkpoint> take) {
    List<Path> files = new ArrayList<>(files());
    Collections.reverse(files);
    int found = 0;
    for (Path file : files) {
      if (found == count) {
        break;
      }
      Checkpoint checkpoint;
      try {
        checkpoint = CheckpointFile.read(file);
      } catch (Refused e) {
        say.accept(e.getMessage() + "; the one before is taken");
        continue;
      }
      checkIdentity("use", file, checkpoint);
      take.accept(checkpoint);
      found++;
    }
    return found;
  }

  private void checkIdentity(String verb, Path file, Checkpoint checkpoint) {
    List<String> differences = identity.differences(checkpoint.identity());
    if (!differences.isEmpty()) {
      List<String> problems = new ArrayList<>();
      problems.add(
          String.format(
              Locale.ROOT,
              "Cannot %s checkpoint %s: its run is %s, this one %s",
              verb,
              file,
              checkpoint.identity().hash(),
              identity.hash()));
      problems.addAll(differences);
      throw new Refused(problems);
    }
  }

  /** Lets the folder go. */
  @Override
  public void close() {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot close checkpoint folder " + folder + ": " + e, e);
    }
  }
}
