package tributary.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tributary.config.Problems.Refused;
import tributary.model.Model;
import tributary.model.ModelFiles;

/** Models of every family. */
public final class Models {
  private Models() {}

  /** Loads a directory that {@link ModelFiles#save} wrote. */
  public static Model load(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new Refused(List.of("Cannot load model " + directory + ": no such directory"));
    }
    return ModelFiles.load(
        ModelConfigs.read(directory.resolve(ModelFiles.CONFIG)),
        directory.resolve(ModelFiles.WEIGHTS));
  }
}
