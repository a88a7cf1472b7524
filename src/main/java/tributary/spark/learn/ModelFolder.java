package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tributary.config.Problems.Refused;
import tributary.learn.Classifier;
import tributary.learn.CounterRandom;
import tributary.model.ModelFiles;
import tributary.report.ReportPage;

/**
 * Where a learnt model goes: a folder that has all of it or is not there. On the driver.
 *
 * <p>What is not finished has one name per folder of checkpoints, so that the next run that holds
 * that one finds what a killed one left, and none that is alive loses anything:
 *
 * <pre>
 *   OUTPUT/..      .NAME.model-DIGEST   the model that is being written
 *                  .NAME.old-DIGEST     the one before it, while they change places
 *   CHECKPOINTS    .start  .shown       models for tasks, while they are written, or looked at
 * </pre>
 *
 * @param folder of the model
 * @param checkpoints of the run that writes it
 */
record ModelFolder(Path folder, Path checkpoints) {
  /** The model before the first step, while it is written. */
  static final String START = ".start";

  /** The model with what only learning uses, for the tasks that look at records held out. */
  static final String SHOWN = ".shown";

  /** A folder that has a model already is not written over without being told. */
  void refuse(boolean overwrite) {
    boolean there = Files.exists(folder.resolve(ModelFiles.CONFIG));
    if (there && !overwrite) {
      throw new Refused(
          List.of(
              "Cannot write model "
                  + folder
                  + ": there is one already (output.mode: overwrite replaces it; a run that goes"
                  + " on from checkpoints has none yet)"));
    }
    if (Files.exists(folder) && (there ? foreign() : !empty())) {
      throw new Refused(
          List.of(
              "Cannot write model "
                  + folder
                  + ": the folder has files that are none of a model's"));
    }
  }

  /** Whether a model's folder has anything but what this job writes. */
  private boolean foreign() {
    List<String> own =
        List.of(ModelFiles.CONFIG, ModelFiles.WEIGHTS, Classifier.FILE, ReportPage.FILE);
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(f -> !own.contains(String.valueOf(f.getFileName())));
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read folder " + folder + ": " + e.getMessage()));
    }
  }

  private boolean empty() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read folder " + folder + ": " + e.getMessage()));
    }
  }

  /**
   * Removes what a run that was killed left, while this one holds the checkpoints. A model that was
   * to be replaced stays until another one has taken its place.
   *
   * @throws Refused where something else has such a name: it is left as it is
   */
  void sweep() throws IOException {
    delete(checkpoints.resolve(START));
    delete(checkpoints.resolve(SHOWN));
    delete(beside("model"));
    if (Files.exists(folder)) {
      delete(beside("old"));
    }
  }

  /** A new folder for the model, beside its own. */
  Path part() throws IOException {
    return fresh(beside("model"));
  }

  private Path beside(String what) throws IOException {
    String digest =
        String.format(
            Locale.ROOT,
            "%016x",
            CounterRandom.key(checkpoints.toAbsolutePath().normalize().toString()));
    return parent().resolve("." + folder.getFileName() + "." + what + "-" + digest);
  }

  /** An empty folder that is readable as any other one: temporary ones are their owner's alone. */
  static Path fresh(Path place) throws IOException {
    delete(place);
    return Files.createDirectory(place);
  }

  private Path parent() throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent == null) {
      throw new Refused(List.of("Cannot write model " + folder + ": a folder below another one"));
    }
    return Files.createDirectories(parent);
  }

  /** Gives the finished folder its name; what was there goes. */
  void publish(Path part) throws IOException {
    Path old = beside("old");
    if (Files.exists(folder)) {
      delete(old);
      Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    delete(old);
  }

  /**
   * Removes a folder of files, if it is there.
   *
   * @throws Refused for anything else of its name, of which nothing is removed
   */
  static void delete(Path folder) throws IOException {
    if (Files.notExists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new Refused(List.of("Cannot remove " + folder + ": it is no folder"));
    }
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files = all.toList();
      for (Path file : files) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new Refused(List.of("Cannot remove " + folder + ": " + file + " is no file"));
        }
      }
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
