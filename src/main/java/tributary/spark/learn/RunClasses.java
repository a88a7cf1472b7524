package tributary.spark.learn;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tributary.base.Sha256;
import tributary.config.Problems.Refused;

/**
 * The classes that a run learns, as its identity has them: their names where these are few; of many
 * a count and a SHA-256, that of the file {@link #FILE} beside the checkpoints, which has the names
 * for whoever is refused. On the driver.
 *
 * @param label the column
 * @param names sorted
 * @param content a sum over which record has which
 */
record RunClasses(String label, List<String> names, long content) {
  /** A JSON array of names, where they are many. */
  static final String FILE = "classes.json";

  /** The key of a run's identity. */
  static final String KEY = "learn.label";

  /** Characters of names that an identity has. */
  private static final int MOST = 400;

  /** Names that a message has, of those that are more and of those that are less. */
  private static final int NAMED = 5;

  private static final JsonMapper JSON = new JsonMapper();

  private boolean many() {
    return String.join(", ", names).length() > MOST;
  }

  /** What the identity has under {@link #KEY}. */
  String told() {
    String told =
        many()
            ? String.format(Locale.ROOT, "%,d classes, sha256 %s", names.size(), Sha256.hex(json()))
            : String.join(", ", names);
    return String.format(Locale.ROOT, "%s: %s; %016x", label, told, content);
  }

  /** Writes the file where the names are many; a run that goes on has it already. */
  void keep(Path checkpoints) throws IOException {
    Path file = checkpoints.resolve(FILE);
    if (many() && !(Files.exists(file) && Arrays.equals(Files.readAllBytes(file), json()))) {
      Path part = checkpoints.resolve("." + FILE + ".part");
      Files.write(part, json());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** A refusal of another run's checkpoint, with the classes that differ where these are known. */
  Refused explained(Refused refused, Path checkpoints) {
    String changed =
        refused.problems().stream().filter(p -> p.contains(KEY + ": ")).findFirst().orElse("");
    byte[] theirs = theirs(checkpoints);
    if (theirs == null || !changed.contains(Sha256.hex(theirs))) {
      return refused;
    }
    try {
      List<String> other = List.of(JSON.readValue(theirs, String[].class));
      List<String> problems = new ArrayList<>(refused.problems());
      if (other.equals(names)) {
        problems.add("the classes are equal: records have others of them");
      } else {
        problems.add("classes of ours alone: " + alone(names, other));
        problems.add("classes of the checkpoint's alone: " + alone(other, names));
      }
      return new Refused(problems);
    } catch (IOException noNames) {
      return refused; // which says already what is wrong
    }
  }

  private static byte @Nullable [] theirs(Path checkpoints) {
    try {
      return Files.readAllBytes(checkpoints.resolve(FILE));
    } catch (IOException none) {
      return null;
    }
  }

  private static String alone(List<String> own, List<String> other) {
    TreeSet<String> alone = new TreeSet<>(own);
    other.forEach(alone::remove);
    String named = alone.stream().limit(NAMED).collect(Collectors.joining(", "));
    int more = alone.size() - NAMED;
    return alone.isEmpty() ? "none" : more > 0 ? named + " and " + more + " more" : named;
  }

  private byte[] json() {
    try {
      return JSON.writeValueAsBytes(names);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write classes: " + e.getMessage(), e);
    }
  }
}
