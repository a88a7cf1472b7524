package tributary.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import tributary.config.ConfigFile;
import tributary.config.Problems;
import tributary.model.ModelConfig;

/** Reads a model configuration: a file, or a resource of the jar. */
public final class ModelConfigFile {
  private ModelConfigFile() {}

  /**
   * Reads what {@link ConfigFile#find} found; {@link Problems.Refused} with all that is wrong in
   * it.
   */
  public static ModelConfig read(String place) {
    if (!place.startsWith(ConfigFile.CLASSPATH)) {
      return ModelConfigs.read(Path.of(place));
    }
    String resource = place.substring(ConfigFile.CLASSPATH.length());
    try (InputStream in = ModelConfigFile.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new Problems.Refused(List.of("Cannot read " + place + ": no such resource"));
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return ModelConfigs.parse(text, place);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + place + ": " + e, e);
    }
  }
}
