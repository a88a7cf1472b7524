package tributary.spark.learn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import tributary.config.Problems.Refused;
import tributary.learn.Classifier;
import tributary.model.ModelFiles;
import tributary.report.ReportPage;

/** Where a learnt model goes: a folder that has all of it or is not there. On the driver. */
record ModelFolder(Path folder) {
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

  /** An empty folder that is readable as any other one: temporary ones are their owner's alone. */
  static Path fresh(Path parent, String name) throws IOException {
    return Files.createDirectory(parent.resolve(name + "-" + UUID.randomUUID()));
  }

  Path parent() throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent == null) {
      throw new Refused(List.of("Cannot write model " + folder + ": a folder below another one"));
    }
    return Files.createDirectories(parent);
  }

  /** Gives the finished folder its name; what was there goes. */
  void publish(Path part) throws IOException {
    Path old = null;
    if (Files.exists(folder)) {
      old = fresh(parent(), ".old");
      Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    if (old != null) {
      delete(old);
    }
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
