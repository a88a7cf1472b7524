package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules of prose that can be seen by a machine (docs/contributing.md, house rules). */
class ProseTest {
  private static final Pattern THE_SAME = Pattern.compile("/\\*\\*[\\s*]*The same\\b");

  /** Whoever reads one Javadoc has not read the one before. */
  @Test
  void noJavadocStartsWithTheSame() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        String text = Files.readString(file);
        THE_SAME
            .matcher(text)
            .results()
            .forEach(m -> found.add(file + ":" + line(text, m.start())));
      }
    }
    assertThat(found).isEmpty();
  }

  private static long line(String text, int at) {
    return 1 + text.substring(0, at).chars().filter(c -> c == '\n').count();
  }
}
