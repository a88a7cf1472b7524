package tributary;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of {@link Rules} hold; and each is seen to fail where it is broken. */
class ArchitectureTest {
  private static final JavaClasses TRIBUTARY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("tributary");

  private static Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("engine-free", Rules.engineFree());
    rules.put("native only in nd4j", Rules.nativeOnlyInNd4j());
    rules.put("merge", Rules.mergeKnowsOnlyTheJdk());
    rules.put("tensor", Rules.tensorKnowsOnlyTheJdk());
    rules.put("nd4j", Rules.nd4jKnowsOnlyTheSeam());
    rules.put("order", Rules.stagesKnowNoneBehindThem());
    rules.put("cycles", Rules.noCycles());
    rules.put("formats", Rules.noFileFormats());
    return rules;
  }

  static Stream<String> names() {
    return rules().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void holds(String name) {
    assertThat(rules().get(name).evaluate(TRIBUTARY).getFailureReport().getDetails()).isEmpty();
  }

  /** Rule, a class that breaks it as "package uses type", and words of the report. */
  static Stream<Arguments> planted() {
    List<Arguments> cases = new ArrayList<>();
    for (String p :
        "read tokenize split encode merge write tensor tensor.nd4j model config fuse data learn"
            .split(" ")) {
      cases.add(Arguments.of("engine-free", p, "org.apache.spark.sql.SparkSession"));
      cases.add(Arguments.of("engine-free", p, "org.apache.hadoop.conf.Configuration"));
      cases.add(Arguments.of("engine-free", p, "scala.Option"));
    }
    for (String p : "read encode merge tensor model fuse spark cli".split(" ")) {
      cases.add(Arguments.of("native only in nd4j", p, "org.nd4j.linalg.api.ndarray.INDArray"));
      cases.add(Arguments.of("native only in nd4j", p, "org.bytedeco.javacpp.Pointer"));
    }
    cases.add(Arguments.of("merge", "merge", "com.fasterxml.jackson.databind.JsonNode"));
    cases.add(Arguments.of("merge", "merge", "tributary.tensor.Shape"));
    cases.add(Arguments.of("tensor", "tensor", "com.fasterxml.jackson.databind.JsonNode"));
    cases.add(Arguments.of("tensor", "tensor", "tributary.config.Problems"));
    cases.add(Arguments.of("nd4j", "tensor.nd4j", "tributary.config.Problems"));
    cases.add(Arguments.of("nd4j", "tensor.nd4j", "com.fasterxml.jackson.databind.JsonNode"));
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @MethodSource("planted")
  void failsWhereAPackageKnowsTooMuch(String rule, String from, String to, @TempDir Path folder)
      throws IOException {
    JavaClasses broken = compile(folder, Map.of("tributary." + from + ".Planted", to));
    assertThat(String.join("\n", details(rule, broken)))
        .contains("tributary." + from + ".Planted")
        .contains(to);
  }

  /** Every pair of the flow, backwards. */
  static Stream<Arguments> backwards() {
    List<String> order = Rules.ORDER;
    List<Arguments> pairs = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      for (int j = i + 1; j < order.size(); j++) {
        pairs.add(Arguments.of(order.get(i), order.get(j)));
      }
    }
    return pairs.stream();
  }

  @ParameterizedTest
  @MethodSource("backwards")
  void failsWhereAStageKnowsALaterOne(String from, String to, @TempDir Path folder)
      throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put("tributary." + from + ".Planted", "tributary." + to + ".Later");
    sources.put("tributary." + to + ".Later", "java.lang.Object");
    assertThat(String.join("\n", details("order", compile(folder, sources))))
        .contains("tributary." + from + ".Planted")
        .contains("tributary." + to + ".Later");
  }

  @ParameterizedTest
  @MethodSource("rounds")
  void failsOnACycle(List<String> packages, @TempDir Path folder) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    for (int i = 0; i < packages.size(); i++) {
      String next = packages.get((i + 1) % packages.size());
      sources.put("tributary." + packages.get(i) + ".Round", "tributary." + next + ".Round");
    }
    assertThat(String.join("\n", details("cycles", compile(folder, sources)))).contains("Cycle");
  }

  static Stream<List<String>> rounds() {
    return Stream.of(
        List.of("model", "data"),
        List.of("tensor", "tensor.nd4j"),
        List.of("model", "data", "learn"));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void failsWhereAFormatIsNamed(String expression, @TempDir Path folder) throws IOException {
    String source =
        "package tributary.spark; class Planted { void f(org.apache.spark.sql.SparkSession s) { "
            + expression
            + "; } }";
    JavaClasses broken = compileSources(folder, Map.of("tributary.spark.Planted", source));
    assertThat(details("formats", broken)).isNotEmpty();
  }

  static Stream<String> formats() {
    return Stream.of(
        "s.read().parquet(\"x\")",
        "s.read().json(\"x\")",
        "s.range(1).write().csv(\"x\")",
        "s.range(1).write().mode(\"append\").orc(\"x\")",
        "org.apache.spark.sql.execution.datasources.csv.CSVFileFormat f = null; f.shortName()");
  }

  private static List<String> details(String rule, JavaClasses classes) {
    return rules().get(rule).evaluate(classes).getFailureReport().getDetails();
  }

  /** Classes with one field of another type each: name -> type. */
  private static JavaClasses compile(Path folder, Map<String, String> uses) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    uses.forEach(
        (name, type) -> {
          int dot = name.lastIndexOf('.');
          sources.put(
              name,
              "package %s; public class %s { %s known; }"
                  .formatted(name.substring(0, dot), name.substring(dot + 1), type));
        });
    return compileSources(folder, sources);
  }

  private static JavaClasses compileSources(Path folder, Map<String, String> sources)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (Map.Entry<String, String> source : sources.entrySet()) {
      Path file = folder.resolve("src/" + source.getKey().replace('.', '/') + ".java");
      Files.createDirectories(file.getParent());
      files.add(Files.writeString(file, source.getValue()));
    }
    Path out = Files.createDirectories(folder.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      List<String> options = List.of("-proc:none", "-d", out.toString());
      assertThat(
              compiler
                  .getTask(
                      said,
                      manager,
                      null,
                      options,
                      null,
                      manager.getJavaFileObjectsFromPaths(files))
                  .call())
          .as(said.toString())
          .isTrue();
    }
    return new ClassFileImporter().importPath(out);
  }
}
