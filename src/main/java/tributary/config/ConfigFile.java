package tributary.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a model configuration is: a file, or a resource of the jar. On the driver. */
public final class ConfigFile {
  /** What the place of a packaged configuration starts with. */
  public static final String CLASSPATH = "classpath:";

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:");

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
    Optional<String> file =
        places(given, folder, env).stream()
            .filter(Files::isRegularFile)
            .map(Path::toString)
            .findFirst();
    String resource = "tributary/" + given;
    boolean packaged = ConfigFile.class.getClassLoader().getResource(resource) != null;
    return file.or(() -> packaged ? Optional.of(CLASSPATH + resource) : Optional.empty());
  }

  /**
   * The place of a model's folder: looked for as given, then below `folder`, then below
   * TRIBUTARY_HOME. What is none of these, or has a scheme, remains what it is: another file system
   * may have it.
   *
   * @param folder of the job file, null where there is none
   */
  static String folder(String given, @Nullable Path folder, Map<String, String> env) {
    if (SCHEME.matcher(given).lookingAt()) {
      return given;
    }
    return places(given, folder, env).stream()
        .filter(Files::isDirectory)
        .map(Path::toString)
        .findFirst()
        .orElse(given);
  }

  private static List<Path> places(String given, @Nullable Path folder, Map<String, String> env) {
    List<Path> places = new ArrayList<>(List.of(Path.of(given)));
    if (folder != null) {
      places.add(folder.resolve(given));
    }
    String home = env.get("TRIBUTARY_HOME");
    if (home != null && !home.isEmpty()) {
      places.add(Path.of(home).resolve(given));
    }
    return places;
  }
}
