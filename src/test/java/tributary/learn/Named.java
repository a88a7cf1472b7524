package tributary.learn;

import java.util.Map;
import java.util.Objects;

/** What has to be in a map by a name: a test fails with the name where it is not. */
final class Named {
  private Named() {}

  static <T> T at(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }
}
