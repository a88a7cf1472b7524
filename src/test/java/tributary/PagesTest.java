package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the pages link to is there; the program on the library page runs and prints what it says.
 */
class PagesTest {
  private static final Path LIBRARY = Path.of("docs/library.md");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");
  private static final Pattern VERSION =
      Pattern.compile("<artifactId>slf4j-api</artifactId>\\s*<version>([^<]*)</version>");

  /** What a JVM printed, and how it ended. */
  private record Ran(int exit, String out, String err) {}

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> root = Files.list(Path.of("."));
        Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(root, docs)
          .filter(p -> p.toString().endsWith(".md"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @Test
  void thePagesAreFound() throws IOException {
    assertThat(pages().map(p -> p.normalize().toString()))
        .contains("README.md", "CHANGELOG.md", "SECURITY.md", "docs/architecture.md");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkHasItsTarget(Path page) throws IOException {
    String prose = BLOCK.matcher(Files.readString(page)).replaceAll("");
    for (String link : LINK.matcher(prose).results().map(m -> m.group(1)).toList()) {
      if (link.startsWith("https://")) {
        continue;
      }
      String file = link.replaceFirst("#.*", "");
      Path target = file.isEmpty() ? page : page.toAbsolutePath().getParent().resolve(file);
      assertThat(target).as("%s: %s", page, link).exists();
      if (link.contains("#")) {
        assertThat(anchors(target)).as("%s: %s", page, link).contains(link.replaceFirst(".*#", ""));
      }
    }
  }

  /** Headings as GitHub makes anchors of them. */
  private static List<String> anchors(Path page) throws IOException {
    String prose = BLOCK.matcher(Files.readString(page)).replaceAll("");
    return HEADING
        .matcher(prose)
        .results()
        .map(m -> m.group(1).toLowerCase(Locale.ROOT))
        .map(h -> h.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
        .toList();
  }

  @Test
  void theProgramPrintsWhatThePageSays(@TempDir Path folder) throws Exception {
    List<String> blocks = programAndOutput();
    Path classes = compiled(folder, blocks.get(0));
    Ran ran = run(folder, classes, classPath());
    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out()).isEqualTo(blocks.get(1));
  }

  @Test
  void withoutSlf4jItFailsAsThePageSays(@TempDir Path folder) throws Exception {
    Path classes = compiled(folder, programAndOutput().get(0));
    List<String> without = classPath().stream().filter(p -> !isSlf4j(p)).toList();
    Ran ran = run(folder, classes, without);
    String says = "Cannot use kernels cpu: org.slf4j.LoggerFactory";
    assertThat(Files.readString(LIBRARY)).contains("`" + says + "`");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.err()).contains(says);
  }

  @Test
  void slf4jIsTheVersionThatSparkBrings() throws IOException {
    MatchResult named =
        VERSION.matcher(Files.readString(LIBRARY)).results().findFirst().orElseThrow();
    assertThat(classPath().stream().filter(PagesTest::isSlf4j))
        .singleElement()
        .asString()
        .endsWith("slf4j-api-" + named.group(1) + ".jar");
  }

  private static List<String> classPath() {
    return List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));
  }

  private static boolean isSlf4j(String entry) {
    return entry.contains(File.separator + "slf4j-api-");
  }

  /** The first two blocks below "A complete program". */
  private static List<String> programAndOutput() throws IOException {
    String page = Files.readString(LIBRARY);
    String section = page.substring(page.indexOf("\n## A complete program\n"));
    return BLOCK.matcher(section).results().map(m -> m.group(2)).limit(2).toList();
  }

  private static Path compiled(Path folder, String program) throws IOException {
    Path source = Files.writeString(folder.resolve("TwoQueries.java"), program);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options = List.of("-proc:none", "-Xlint:all", "-d", classes.toString());
      var files = manager.getJavaFileObjects(source);
      assertThat(compiler.getTask(said, manager, null, options, null, files).call())
          .as(said.toString())
          .isTrue();
    }
    return classes;
  }

  /** In a JVM of its own, with the page's flag. */
  private static Ran run(Path folder, Path classes, List<String> classPath) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    String natives = System.getProperty("org.bytedeco.javacpp.cachedir");
    if (natives != null) {
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + natives);
    }
    command.add("-cp");
    command.add(classes + File.pathSeparator + String.join(File.pathSeparator, classPath));
    command.add("TwoQueries");
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    return new Ran(process.waitFor(), Files.readString(out), Files.readString(err));
  }
}
