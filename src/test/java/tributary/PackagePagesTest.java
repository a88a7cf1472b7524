package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each package's page has its picture, its law, its failure modes and an example that runs. */
class PackagePagesTest {
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String SPARK = "org.apache.spark.sql.";
  private static final Pattern EXAMPLE = Pattern.compile("(?s)<pre>\\{@code\n(.*?)\n\\}</pre>");

  /** Examples that want what a test has not: a session with tables, a checkpoint, minutes. */
  private static final Set<String> COMPILED_ONLY =
      Set.of(
          "tributary.spark",
          "tributary.spark.learn",
          "tributary.spark.lineage",
          "tributary.spark.sql",
          "tributary.tools.bench",
          "tributary.tools.huggingface",
          "tributary.tools.parity");

  /** By package, what its page says, without the comment's stars. */
  private static Map<String, String> pages() throws IOException {
    Map<String, String> pages = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.endsWith("package-info.java")).toList()) {
        String name = SOURCES.relativize(file.getParent()).toString().replace('/', '.');
        String text = Files.readString(file).replaceFirst("(?s) \\*/\n.*", "");
        pages.put(name, text.replaceAll("(?m)^(/\\*\\*| \\* ?)", ""));
      }
    }
    return pages;
  }

  static Stream<String> packages() throws IOException {
    return pages().keySet().stream();
  }

  @Test
  void everyPackageHasAPage() throws IOException {
    List<String> expected = new ArrayList<>();
    Stream.of(Rules.ENGINE_FREE, Rules.WITH_SPARK).forEach(expected::addAll);
    assertThat(pages().keySet())
        .containsExactlyInAnyOrderElementsOf(expected.stream().map(p -> "tributary." + p).toList());
  }

  @ParameterizedTest
  @MethodSource("packages")
  void hasPictureLawFailureModesAndExample(String name) throws IOException {
    String page = pages().getOrDefault(name, "");
    assertThat(page.split("<pre>", -1)).as("a picture, and an example").hasSizeGreaterThan(2);
    assertThat(page).containsPattern("<p>Laws?\\b").contains("<p>Failure modes");
  }

  @Test
  void theExamplesCompileAndRun(@TempDir Path folder) throws Exception {
    Map<String, String> sources = new LinkedHashMap<>();
    Map<String, String> packageOf = new LinkedHashMap<>();
    for (Map.Entry<String, String> page : pages().entrySet()) {
      for (String code : EXAMPLE.matcher(page.getValue()).results().map(m -> m.group(1)).toList()) {
        String type = "Example" + sources.size();
        sources.put(type, program(type, page.getKey(), code));
        packageOf.put(type, page.getKey());
      }
    }
    assertThat(sources).hasSizeGreaterThan(20);
    Path classes = compiled(folder, sources);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      for (String type : sources.keySet()) {
        if (!COMPILED_ONLY.contains(packageOf.get(type))) {
          loader.loadClass(type).getMethod("run").invoke(null);
        }
      }
    }
  }

  /** The code as a class, with all packages imported; of equal names the page's own is meant. */
  private static String program(String type, String home, String code) throws IOException {
    StringBuilder source = new StringBuilder();
    List<String> imports = new ArrayList<>(List.of("java.nio.file.*", "java.util.*"));
    Stream.of("Dataset", "Row", "SparkSession").forEach(t -> imports.add(SPARK + t));
    pages().keySet().forEach(p -> imports.add(p + ".*"));
    publicTypes(home).forEach(t -> imports.add(home + "." + t));
    imports.forEach(i -> source.append("import ").append(i).append(";\n"));
    source.append("public class ").append(type).append(" {\n");
    source.append("  public static void run() throws Exception {\n");
    return source.append(code).append("\n  }\n}\n").toString();
  }

  private static List<String> publicTypes(String name) throws IOException {
    List<String> types = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES.resolve(name.replace('.', '/')))) {
      for (Path file : files.sorted().toList()) {
        String type = file.getFileName().toString().replace(".java", "");
        if (Files.isRegularFile(file)
            && Pattern.compile("(?m)^public [^(]*\\b" + type + "\\b")
                .matcher(Files.readString(file))
                .find()) {
          types.add(type);
        }
      }
    }
    return types;
  }

  private static Path compiled(Path folder, Map<String, String> sources) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve(source.getKey() + ".java");
      files.add(Files.writeString(file, source.getValue()));
    }
    Path classes = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      String path = System.getProperty("java.class.path", "").replace(':', File.pathSeparatorChar);
      List<String> options = List.of("-proc:none", "-cp", path, "-d", classes.toString());
      var units = manager.getJavaFileObjectsFromPaths(files);
      assertThat(compiler.getTask(said, manager, null, options, null, units).call())
          .as(said.toString())
          .isTrue();
    }
    return classes;
  }
}
