package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tributary.config.TestJob.LEAST;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.config.JobConfig.Column;
import tributary.config.JobConfig.Errors;
import tributary.config.JobConfig.Run;
import tributary.config.JobConfig.Sink;
import tributary.config.JobConfig.Source;
import tributary.config.JobConfigs.Loaded;
import tributary.models.ModelConfigs;
import tributary.tensor.Precision;

@NullUnmarked
final class JobConfigsTest {
  @TempDir Path folder;

  private Loaded load(
      String yaml, Map<String, String> env, Map<String, String> spark, String... sets)
      throws IOException {
    Path file = Files.writeString(folder.resolve("job.yaml"), yaml);
    return JobConfigs.load(file, env, spark, List.of(sets));
  }

  private JobConfig least(String... sets) throws IOException {
    return load(LEAST, Map.of(), Map.of(), sets).config();
  }

  @Test
  void aModalityMayBeCalledOptions() throws IOException {
    String file = LEAST.replace("{text: caption}", "{options: caption}");
    assertThat(
            load(file, Map.of(), Map.of(), "modalities.options.max-tokens=7").config().modalities())
        .isEqualTo(Map.of("options", new Column("caption", Column.From.VALUE, null, null, 7)));
  }

  @Test
  void theLeastJobHasTheDocumentedDefaults() throws IOException {
    assertThat(least())
        .isEqualTo(
            new JobConfig(
                new JobConfig.ModelSource(null, "conf/models/elastic.yaml", 1),
                new Source("parquet", "in", Map.of(), null),
                "id",
                null,
                Map.of("text", new Column("caption", Column.From.VALUE, null, null, 0)),
                List.of(),
                new Sink("parquet", "out", Sink.Mode.ERROR, Map.of()),
                new Sink("parquet", "out.quarantine", Sink.Mode.ERROR, Map.of()),
                "out.manifest.json",
                new Errors(0.05, Errors.Duplicates.QUARANTINE),
                "auto",
                Precision.FLOAT32,
                new Run(0, 33554432, 65536, 0),
                JobConfig.Codecs.DEFAULT));
  }

  @Test
  void effectiveHoldsEveryKeyThatHasAValue() throws IOException {
    assertThat(load(LEAST, Map.of(), Map.of(), "input.options.sep=;").fusing())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("errors.duplicates", "quarantine"),
                Map.entry("errors.max-fraction", "0.05"),
                Map.entry("id", "id"),
                Map.entry("input.changes", "false"),
                Map.entry("input.format", "parquet"),
                Map.entry("input.options.sep", ";"),
                Map.entry("input.path", "in"),
                Map.entry("kernels", "auto"),
                Map.entry("precision", "float32"),
                Map.entry("manifest", "out.manifest.json"),
                Map.entry("modalities.text.column", "caption"),
                Map.entry("modalities.text.from", "value"),
                Map.entry("modalities.text.max-tokens", "0"),
                Map.entry("model.init", "conf/models/elastic.yaml"),
                Map.entry("model.seed", "1"),
                Map.entry("output.format", "parquet"),
                Map.entry("output.deletes", "keep"),
                Map.entry("output.mode", "error"),
                Map.entry("output.path", "out"),
                Map.entry("quarantine.format", "parquet"),
                Map.entry("quarantine.mode", "error"),
                Map.entry("quarantine.path", "out.quarantine"),
                Map.entry("codecs.enabled", "true"),
                Map.entry("codecs.seconds", "300"),
                Map.entry("codecs.memory", "1024"),
                Map.entry("codecs.output", "68719476736"),
                Map.entry("run.batch-bytes", "33554432"),
                Map.entry("run.keep-roots", "false"),
                Map.entry("run.partitions", "0"),
                Map.entry("run.spread-tokens", "65536"),
                Map.entry("run.threads", "0")));
  }

  /** Key, a value for it, where it arrives, what arrives. */
  static Stream<Arguments> effects() {
    Function<JobConfig, Column> text = c -> c.modalities().get("text");
    return Stream.of(
        effect("model.path", "m", c -> c.model().path(), "m"),
        effect(
            "model.init",
            "conf/models/hip-16.yaml",
            c -> c.model().init(),
            "conf/models/hip-16.yaml"),
        effect("model.seed", "-7", c -> c.model().seed(), -7L),
        effect("input.format", "json", c -> c.input().format(), "json"),
        effect("input.path", "there", c -> c.input().path(), "there"),
        effect("input.schema", "a INT, b STRING", c -> c.input().schema(), "a INT, b STRING"),
        effect("input.where", "a > 1", c -> c.input().where(), "a > 1"),
        effect("input.options.header", "true", c -> c.input().options(), Map.of("header", "true")),
        effect("id", "key", JobConfig::id, "key"),
        effect("part", "seq", JobConfig::part, "seq"),
        effect("modalities.text", "title", c -> text.apply(c).column(), "title"),
        effect("modalities.text.column", "title", c -> text.apply(c).column(), "title"),
        effect("modalities.text.from", "path", c -> text.apply(c).from(), Column.From.PATH),
        effect("modalities.text.rate", "16000", c -> text.apply(c).rate(), "16000"),
        effect("modalities.text.max-tokens", "9", c -> text.apply(c).maxTokens(), 9L),
        effect("keep", "a, b", JobConfig::keep, List.of("a", "b")),
        effect("output.format", "csv", c -> c.output().format(), "csv"),
        effect(
            "output.path",
            "o/",
            c -> c.quarantine().path() + " " + c.manifest(),
            "o.quarantine o.manifest.json"),
        effect("output.mode", "append", c -> c.output().mode(), Sink.Mode.APPEND),
        effect("output.mode", "overwrite", c -> c.quarantine().mode(), Sink.Mode.OVERWRITE),
        effect("output.mode", "merge", c -> c.output().mode(), Sink.Mode.MERGE),
        effect("output.mode", "Merge", c -> c.quarantine().mode(), Sink.Mode.OVERWRITE),
        effect("output.deletes", "remove", c -> c.output().deletes(), Sink.Deletes.REMOVE),
        effect("output.options.sep", "\t", c -> c.output().options(), Map.of("sep", "\t")),
        effect("quarantine.format", "json", c -> c.quarantine().format(), "json"),
        effect("quarantine.path", "q", c -> c.quarantine().path(), "q"),
        effect("quarantine.mode", "append", c -> c.quarantine().mode(), Sink.Mode.APPEND),
        effect("quarantine.options.x.y", "1", c -> c.quarantine().options(), Map.of("x.y", "1")),
        effect("manifest", "m.json", JobConfig::manifest, "m.json"),
        effect("errors.max-fraction", "1", c -> c.errors().maxFraction(), 1.0),
        effect("errors.duplicates", "fail", c -> c.errors().duplicates(), Errors.Duplicates.FAIL),
        effect("kernels", "java", JobConfig::kernels, "java"),
        effect("precision", "bfloat16", JobConfig::precision, Precision.BFLOAT16),
        effect("run.partitions", "64", c -> c.run().partitions(), 64),
        effect("run.batch-bytes", "1", c -> c.run().batchBytes(), 1L),
        effect("run.spread-tokens", "1", c -> c.run().spreadTokens(), 1L),
        effect("run.threads", "2", c -> c.run().threads(), 2),
        effect("run.checkpoint", "c", c -> c.run().checkpoint(), "c"),
        effect("run.keep-roots", "true", c -> c.run().keepRoots(), true),
        effect("codecs.enabled", "false", c -> c.codecs().enabled(), false),
        effect("codecs.seconds", "7", c -> c.codecs().seconds(), 7),
        effect("codecs.memory", "512", c -> c.codecs().memory(), 512),
        effect("codecs.output", "9", c -> c.codecs().output(), 9L));
  }

  private static Arguments effect(
      String key, String value, Function<JobConfig, Object> at, Object expected) {
    return Arguments.of(key, value, at, expected);
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("effects")
  void everyKeyArrives(String key, String value, Function<JobConfig, Object> at, Object expected)
      throws IOException {
    assertThat(at.apply(least(key + "=" + value))).isEqualTo(expected);
    assertThat(at.apply(load(LEAST, Map.of(), Map.of("spark.tributary." + key, value)).config()))
        .isEqualTo(at.apply(least(key + "=" + value)));
  }

  @Test
  void noKeyIsLeftOut() {
    List<String> tried = new ArrayList<>(effects().map(a -> (String) a.get()[0]).toList());
    tried.add("modalities.<name>.base");
    tried.addAll(List.of("input.table", "input.query", "output.table")); // placesThatAreNames
    tried.add("input.changes"); // changesGoWithMerge
    LearnConfigTest.effects().forEach(a -> tried.add((String) a.get()[0]));
    for (String leaf : JobKeys.packaged().leaves()) {
      assertThat(tried)
          .anyMatch(t -> t.replace("modalities.text", "modalities.<name>").startsWith(leaf));
    }
  }

  @Test
  void baseGoesWithPaths() throws IOException {
    String[] sets = {"modalities.text.from=path", "modalities.text.base=files"};
    assertThat(least(sets).modalities().get("text").base()).isEqualTo("files");
  }

  @Test
  void changesGoWithMerge() throws IOException {
    assertThat(least("input.changes=true", "output.mode=merge").input().changes()).isTrue();
    assertThatThrownBy(() -> least("input.changes=true", "output.mode=overwrite"))
        .hasMessage("Invalid input.changes: true (true only with output.mode: merge)");
    String query = LEAST.replace("format: parquet, path: in", "query: select 1, changes: true");
    assertThatThrownBy(() -> load(query, Map.of(), Map.of(), "output.mode=merge"))
        .hasMessage(
            "Invalid input.changes: true (false with input.query: a query has no versions)");
  }

  private static final String NAMED =
      """
      input: {table: shop.items}
      modalities: {text: caption}
      output: {format: delta, table: shop.embeddings}
      quarantine: {path: q}
      manifest: m.json
      """;

  @Test
  void placesThatAreNames() throws IOException {
    JobConfig config = load(NAMED, Map.of(), Map.of()).config();
    assertThat(config.input().table()).isEqualTo("shop.items");
    assertThat(config.output().isNamed()).isTrue();
    assertThat(config.output().path()).isEqualTo("shop.embeddings");
    String query = NAMED.replace("table: shop.items", "query: select 1");
    assertThat(load(query, Map.of(), Map.of()).config().input().query()).isEqualTo("select 1");
  }

  @Test
  void aNameExcludesAPathAndHasNothingBesideIt() {
    String bare = NAMED.replace("quarantine: {path: q}\nmanifest: m.json\n", "");
    String[] wrong = {
      "input.path=in", "input.query=select 1", "output.path=out", "output.format=csv"
    };
    assertThatThrownBy(() -> load(bare, Map.of(), Map.of(), wrong))
        .isInstanceOfSatisfying(
            Problems.Refused.class,
            e ->
                assertThat(String.join("\n", e.problems()))
                    .contains(
                        "Invalid input.table: shop.items (not both input.path and input.table)",
                        "Invalid input.query: select 1 (not with input.path or input.table)",
                        "Invalid output.table: shop.embeddings (not both output.path and output.table)",
                        "Invalid output.format: csv (delta, iceberg or jdbc where output.table is given)"));
    assertThatThrownBy(() -> load(bare, Map.of(), Map.of()))
        .isInstanceOfSatisfying(
            Problems.Refused.class,
            e -> {
              assertThat(e.problems()).hasSize(2);
              assertThat(String.join("\n", e.problems()))
                  .contains("Invalid quarantine.path", "Invalid manifest");
            });
  }

  @Test
  void laterLayersWin() throws IOException {
    String file = LEAST + "errors: {max-fraction: 0.1}\n";
    Map<String, String> env = Map.of("TRIBUTARY_ERRORS_MAX_FRACTION", "0.2", "PATH", "x");
    Map<String, String> spark =
        Map.of("spark.tributary.errors.max-fraction", "0.3", "spark.x", "y");
    assertThat(fraction(load(file, Map.of(), Map.of()))).isEqualTo(0.1);
    assertThat(fraction(load(file, env, Map.of()))).isEqualTo(0.2);
    assertThat(fraction(load(file, env, spark))).isEqualTo(0.3);
    assertThat(fraction(load(file, env, spark, "errors.max-fraction=0.4"))).isEqualTo(0.4);
    assertThat(
            fraction(load(file, env, spark, "errors.max-fraction=0.4", "errors.max-fraction=0.5")))
        .isEqualTo(0.5);
  }

  private static double fraction(Loaded loaded) {
    return loaded.config().errors().maxFraction();
  }

  @Test
  void theEnvironmentReachesWhatTheFileNames() throws IOException {
    String file =
        """
        input: {format: csv, path: in, options: {multiLine: false}}
        modalities: {my-text: caption}
        output: {path: out}
        """;
    Map<String, String> env =
        Map.of(
            "TRIBUTARY_INPUT_OPTIONS_MULTILINE",
            "true",
            "TRIBUTARY_MODALITIES_MY_TEXT_MAX_TOKENS",
            "5",
            "TRIBUTARY_HOME",
            "/x");
    JobConfig config = load(file, env, Map.of()).config();
    assertThat(config.input().options()).isEqualTo(Map.of("multiLine", "true"));
    assertThat(config.modalities().get("my-text").maxTokens()).isEqualTo(5);
  }

  @Test
  void optionsKeepTheirSpelling() throws IOException {
    String file =
        LEAST.replace(
            "path: in}", "path: in, options: {a: 007, b: true, c: 1.50, d: \"\", e: 'x y'}}");
    assertThat(load(file, Map.of(), Map.of()).config().input().options())
        .isEqualTo(Map.of("a", "007", "b", "true", "c", "1.50", "d", "", "e", "x y"));
  }

  @Test
  void aNumberInQuotesIsANumberAndANumberMayBeAName() throws IOException {
    JobConfig config =
        load(LEAST + "run: {threads: \"2\"}\nid: 007\nkeep: [1, 2.50]\n", Map.of(), Map.of())
            .config();
    assertThat(config.run().threads()).isEqualTo(2);
    assertThat(config.id()).isEqualTo("007");
    assertThat(config.keep()).containsExactly("1", "2.50");
  }

  @Test
  void aNullSectionIsEmptyAndANullKeyIsItsAbsence() throws IOException {
    assertThat(load(LEAST + "errors:\nrun: ~\npart: null\nkeep:\n", Map.of(), Map.of()).config())
        .isEqualTo(least());
  }

  @Test
  void pathAndInitComeFromTheLaterLayer() throws IOException {
    String path = LEAST + "model: {path: m}\n";
    assertThat(load(path, Map.of(), Map.of()).effective().keySet())
        .contains("model.path")
        .doesNotContain("model.init", "model.seed");
    JobConfig init =
        load(path, Map.of(), Map.of(), "model.init=conf/models/hip-16.yaml", "model.seed=3")
            .config();
    assertThat(init.model())
        .isEqualTo(new JobConfig.ModelSource(null, "conf/models/hip-16.yaml", 3));
  }

  @Test
  void initIsLookedForHereThenBesideTheJobThenAtHomeThenInTheJar() throws IOException {
    Path home = Files.createDirectories(folder.resolve("home/conf"));
    Path atHome = Files.writeString(home.resolve("a.yaml"), "x");
    Map<String, String> env = Map.of("TRIBUTARY_HOME", folder.resolve("home").toString());
    assertThat(init("conf/a.yaml", env)).isEqualTo(atHome.toString());
    Files.createDirectories(folder.resolve("conf"));
    Path beside = Files.writeString(folder.resolve("conf/a.yaml"), "x");
    assertThat(init("conf/a.yaml", env)).isEqualTo(beside.toString());
    assertThat(init("conf/models/elastic.yaml", env)).isEqualTo("conf/models/elastic.yaml");
    assertThat(init(atHome.toString(), Map.of())).isEqualTo(atHome.toString());
    assertThat(ConfigFile.find("conf/../conf/defaults.yaml", null, Map.of()))
        .contains("conf/../conf/defaults.yaml");
  }

  @Test
  void aModelIsLookedForHereThenBesideTheJobThenAtHomeAndElsewhereAsItIs() throws IOException {
    Path atHome = Files.createDirectories(folder.resolve("home/conf/m"));
    Map<String, String> env = Map.of("TRIBUTARY_HOME", folder.resolve("home").toString());
    assertThat(path("conf/m", env)).isEqualTo(atHome.toString());
    Path beside = Files.createDirectories(folder.resolve("conf/m"));
    assertThat(path("conf/m", env)).isEqualTo(beside.toString());
    assertThat(path("conf/models", env)).isEqualTo("conf/models");
    assertThat(path("hdfs://there/conf/m", env)).isEqualTo("hdfs://there/conf/m");
    assertThat(path("file:conf/m", env)).isEqualTo("file:conf/m");
    assertThat(path("conf/none", env)).isEqualTo("conf/none");
  }

  private String path(String given, Map<String, String> env) throws IOException {
    return load(LEAST, env, Map.of(), "model.path=" + given).config().model().path();
  }

  private String init(String given, Map<String, String> env) throws IOException {
    return load(LEAST, env, Map.of(), "model.init=" + given).config().model().init();
  }

  @Test
  void everyFileOfConfModelsIsPackaged() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("conf/models"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String resource = ConfigFile.CLASSPATH + "tributary/" + file;
        assertThat(ModelConfigs.read(resource)).isEqualTo(ModelConfigs.read(file));
      }
    }
    assertThatThrownBy(() -> ModelConfigs.read("classpath:no"))
        .hasMessage("Cannot read classpath:no: no such resource");
  }

  @Test
  void environmentVariablesOfAllKeysDiffer() {
    Set<String> keys = JobKeys.packaged().concrete(Set.of("modalities.text.column"));
    assertThat(keys.stream().map(JobKeys::variable)).doesNotHaveDuplicates();
  }
}
