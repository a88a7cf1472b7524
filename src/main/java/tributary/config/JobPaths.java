package tributary.config;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;

/** That a job's places do not overlap: none written is in another, none in the input or above. */
final class JobPaths {
  private JobPaths() {}

  static void check(JobConfig config, Fields fields) {
    Map<String, String> written = new LinkedHashMap<>();
    if (!config.output().isNamed()) {
      written.put("output.path", trimmed(config.output().path()));
    }
    written.put("quarantine.path", trimmed(config.quarantine().path()));
    written.put("manifest", trimmed(config.manifest()));
    String checkpoint = config.run().checkpoint();
    if (checkpoint != null) {
      written.put("run.checkpoint", trimmed(checkpoint));
    }
    // What is missing was told of.
    written.values().removeIf("?"::equals);
    List<String> keys = new ArrayList<>(written.keySet());
    String input = config.input().path();
    String output = written.getOrDefault("output.path", "?");
    for (int i = 0; i < keys.size(); i++) {
      String path = written.getOrDefault(keys.get(i), "");
      for (String earlier : keys.subList(0, i)) {
        String other = written.getOrDefault(earlier, "");
        if (within(path, other) || within(other, path)) {
          fields.invalid(keys.get(i), "a place apart from " + earlier + ", " + other);
        }
      }
      // What is named after the output goes where it goes.
      boolean itsOwn = !path.startsWith(output + ".");
      if (itsOwn
          && input != null
          && (within(trimmed(input), path) || isRead(path, trimmed(input)))) {
        fields.invalid(keys.get(i), "a place apart from input.path, " + input);
      }
    }
  }

  /** Whether a path is another, or lies below it. */
  private static boolean within(String path, String folder) {
    if (folder.equals(".")) {
      return !path.startsWith("/") && !path.startsWith("..") && !path.contains(":/");
    }
    return path.equals(folder) || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
  }

  /** Whether the next run would read what is written there: below the input, or in its pattern. */
  private static boolean isRead(String path, String input) {
    if (within(path, input)) {
      return true;
    }
    try {
      int names = Path.of(input).getNameCount();
      Path written = Path.of(path);
      return written.getNameCount() >= names
          && written.isAbsolute() == Path.of(input).isAbsolute()
          && FileSystems.getDefault()
              .getPathMatcher("glob:" + input.replaceFirst("^/", ""))
              .matches(written.subpath(0, names));
    } catch (InvalidPathException | PatternSyntaxException noPattern) {
      return false;
    }
  }

  /** Without the slashes at its end and without `./` at its start. */
  static String trimmed(String path) {
    String trimmed = path.startsWith("./") && path.length() > 2 ? path.substring(2) : path;
    while (trimmed.length() > 1 && trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    return trimmed;
  }
}
