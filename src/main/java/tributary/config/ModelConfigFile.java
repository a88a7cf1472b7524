package tributary.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a model configuration lies: a file, or a resource of the jar. */
public final class ModelConfigFile {
  /** What the place of a packaged configuration starts with. */
  public static final String CLASSPATH = "classpath:";

  private ModelConfigFile() {}

  /**
   * The place of a configuration, as a path or `classpath:tributary/conf/models/elastic.yaml`:
   * looked for as given, then below `folder`, then below TRIBUTARY_HOME, then in the jar. Empty
   * where there is none.
   *
   * @param folder of the job file, null where there is none
   */
  public static Optional<String> find(
      String given, @Nullable Path folder, Map<String, String> env) {
    List<Path> places = new ArrayList<>(List.of(Path.of(given)));
    if (folder != null) {
      places.add(folder.resolve(given));
    }
    String home = env.get("TRIBUTARY_HOME");
    if (home != null && !home.isEmpty()) {
      places.add(Path.of(home).resolve(given));
    }
    Optional<String> file =
        places.stream().filter(Files::isRegularFile).map(Path::toString).findFirst();
    String resource = "tributary/" + given;
    boolean packaged = ModelConfigFile.class.getClassLoader().getResource(resource) != null;
    return file.or(() -> packaged ? Optional.of(CLASSPATH + resource) : Optional.empty());
  }

  /** Reads what {@link #find} found; {@link Problems.Refused} with all that is wrong in it. */
  public static ModelConfig read(String place) {
    if (!place.startsWith(CLASSPATH)) {
      return ModelConfigs.read(Path.of(place));
    }
    String resource = place.substring(CLASSPATH.length());
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
