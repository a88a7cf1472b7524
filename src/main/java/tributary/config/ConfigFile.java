package tributary.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where a model configuration is: a file, or a resource of the jar. On the driver. */
public final class ConfigFile {
  /** What the place of a packaged configuration starts with. */
  public static final String CLASSPATH = "classpath:";

  private ConfigFile() {}

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
    boolean packaged = ConfigFile.class.getClassLoader().getResource(resource) != null;
    return file.or(() -> packaged ? Optional.of(CLASSPATH + resource) : Optional.empty());
  }
}
