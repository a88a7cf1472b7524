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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

/** The rules of {@link Rules} hold; and each is seen to fail where it is broken. */
class ArchitectureTest {
  private static final JavaClasses TRIBUTARY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("tributary");

  /** A package of ours, as a rule's description names it. */
  private static final Pattern PACKAGE = Pattern.compile("\\btributary(\\.[a-z0-9]+)+");

  private static Map<String, ArchRule> rules() {
    Map<String, ArchRule> rules = new LinkedHashMap<>();
    rules.put("engine-free", Rules.engineFree());
    rules.put("native only in nd4j", Rules.nativeOnlyInNd4j());
    rules.put("codec process", Rules.codecProcessIsApart());
    rules.put("base", Rules.baseKnowsOnlyTheJdk());
    rules.put("merge", Rules.mergeKnowsOnlyTheJdk());
    rules.put("tensor", Rules.tensorKnowsOnlyTheJdk());
    rules.put("nd4j", Rules.nd4jKnowsOnlyTheSeam());
    rules.put("order", Rules.stagesKnowNoneBehindThem());
    rules.put("families", Rules.familiesKnowNoOther());
    rules.put("instanceof", Rules.noConfigurationsToldApart());
    rules.put("tools", Rules.toolsKnownByCli());
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

  /** A class that breaks a rule: in which package, and the type that it must not know. */
  record Planted(String rule, String from, String to) {
    private String name() {
      return "tributary." + from + ".Planted" + PLANTED.indexOf(this);
    }
  }

  private static final List<Planted> PLANTED = new ArrayList<>();

  static {
    for (String p : Rules.ENGINE_FREE) {
      PLANTED.add(new Planted("engine-free", p, "org.apache.spark.sql.SparkSession"));
      PLANTED.add(new Planted("engine-free", p, "org.apache.hadoop.conf.Configuration"));
      PLANTED.add(new Planted("engine-free", p, "scala.Option"));
    }
    for (String p : "read encode merge tensor model record spark cli".split(" ")) {
      PLANTED.add(new Planted("native only in nd4j", p, "org.nd4j.linalg.api.ndarray.INDArray"));
      PLANTED.add(new Planted("native only in nd4j", p, "org.bytedeco.javacpp.Pointer"));
    }
    PLANTED.add(new Planted("codec process", "codec", "tributary.codec.child.Later"));
    PLANTED.add(new Planted("codec process", "spark", "org.bytedeco.ffmpeg.avutil.AVFrame"));
    PLANTED.add(new Planted("codec process", "codec.child", "tributary.read.Later"));
    for (String p : "base merge tensor tensor.nd4j".split(" ")) {
      String rule = p.substring(p.indexOf('.') + 1);
      PLANTED.add(new Planted(rule, p, "com.fasterxml.jackson.databind.JsonNode"));
      PLANTED.add(new Planted(rule, p, "tributary.config.Later"));
    }
    PLANTED.add(new Planted("families", "models.elastic", "tributary.models.hip.Later"));
    PLANTED.add(new Planted("tools", "spark", "tributary.tools.Later"));
    for (int i = 0; i < Rules.ORDER.size(); i++) {
      for (String later : Rules.ORDER.subList(i + 1, Rules.ORDER.size())) {
        PLANTED.add(new Planted("order", Rules.ORDER.get(i), "tributary." + later + ".Later"));
      }
    }
  }

  @Test
  void everyPackageIsListed() {
    Set<String> found = new TreeSet<>();
    TRIBUTARY.forEach(c -> found.add(c.getPackageName().replaceFirst("^tributary\\.", "")));
    List<String> listed = new ArrayList<>(Rules.ENGINE_FREE);
    listed.addAll(Rules.WITH_SPARK);
    assertThat(found).containsExactlyInAnyOrderElementsOf(listed);
  }

  static Stream<String> rulesOfPackages() {
    return names().filter(name -> !name.equals("cycles"));
  }

  @ParameterizedTest
  @MethodSource("rulesOfPackages")
  void itsPackagesAreThere(String name) {
    Set<String> there = new TreeSet<>();
    TRIBUTARY.forEach(c -> there.add(c.getPackageName() + "."));
    String rule = rules().get(name).getDescription();
    List<String> named = PACKAGE.matcher(rule).results().map(MatchResult::group).toList();
    assertThat(named)
        .as(rule)
        .isNotEmpty()
        .allMatch(n -> there.stream().anyMatch(p -> p.startsWith(n + ".")));
  }

  @Test
  void failsWhereAPackageKnowsTooMuch(@TempDir Path folder) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    PLANTED.forEach(planted -> sources.put(planted.name(), planted.to()));
    Rules.ORDER.forEach(p -> sources.put("tributary." + p + ".Later", "java.lang.Object"));
    sources.put("tributary.models.hip.Later", "java.lang.Object");
    sources.put("tributary.codec.child.Later", "java.lang.Object");
    JavaClasses broken = compile(folder, sources);
    Map<String, List<String>> found = new HashMap<>();
    for (Planted planted : PLANTED) {
      assertThat(found.computeIfAbsent(planted.rule(), rule -> details(rule, broken)))
          .as("%s", planted)
          .anyMatch(d -> d.contains("<" + planted.name() + ".") && d.contains(planted.to()));
    }
  }

  @Test
  void failsWhereAConfigurationIsToldApart(@TempDir Path folder) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put(
        "tributary.models.elastic.SomeConfig",
        "package tributary.models.elastic; public class SomeConfig {}");
    sources.put(
        "tributary.cli.Planted",
        "package tributary.cli; class Planted { boolean f(Object o) {"
            + " return o instanceof tributary.models.elastic.SomeConfig; } }");
    assertThat(details("instanceof", compileSources(folder, sources)))
        .anyMatch(d -> d.contains("tributary.cli.Planted"));
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
        List.of("model", "synthetic"),
        List.of("tensor", "tensor.nd4j"),
        List.of("model", "synthetic", "explain"));
  }

  @Test
  void failsWhereAFormatIsNamed(@TempDir Path folder) throws IOException {
    List<String> expressions =
        List.of(
            "s.read().parquet(\"x\")",
            "s.read().json(\"x\")",
            "s.range(1).write().csv(\"x\")",
            "s.range(1).write().mode(\"append\").orc(\"x\")",
            "new org.apache.spark.sql.execution.datasources.csv.CSVFileFormat()",
            "new org.apache.spark.sql.execution.datasources.v2.parquet.ParquetDataSourceV2()");
    Map<String, String> sources = new LinkedHashMap<>();
    for (int i = 0; i < expressions.size(); i++) {
      sources.put(
          "tributary.spark.Planted" + i,
          "package tributary.spark; class Planted%d { void f(%s s) { %s; } }"
              .formatted(i, "org.apache.spark.sql.SparkSession", expressions.get(i)));
    }
    List<String> found = details("formats", compileSources(folder, sources));
    sources.keySet().forEach(name -> assertThat(found).as(name).anyMatch(d -> d.contains(name)));
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
