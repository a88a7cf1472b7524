package tributary.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.ModelConfigs;
import tributary.models.Models;

/** Every file in conf/ and jobs/ is what a run would load; one that nothing loads fails. */
@NullUnmarked
final class ShippedFilesTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String MODEL = "conf/models/elastic-small";

  static Stream<Path> files() throws IOException {
    try (Stream<Path> conf = Files.walk(Path.of("conf"));
        Stream<Path> jobs = Files.walk(Path.of("jobs"))) {
      return Stream.concat(conf, jobs).filter(Files::isRegularFile).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void loads(Path file) throws IOException, InterruptedException {
    String folder = String.valueOf(file.getParent());
    String name = String.valueOf(file.getFileName());
    String kind = name.contains(".") ? name.substring(name.lastIndexOf('.') + 1) : name;
    switch (folder + " " + kind) {
      case "conf yaml" -> assertThat(name).isEqualTo("defaults.yaml");
      case "conf properties", "conf conf", "jobs/gpu conf" -> properties(file);
      case "conf/models yaml" -> assertThat(ModelConfigs.read(file).embeddingDim()).isPositive();
      case MODEL + " json", MODEL + " safetensors" -> learnt(file);
      case MODEL + " html" -> assertThat(file).content().contains("Learning model", learntHash());
      case MODEL + " SHA256SUMS" -> assertThat(Files.readAllLines(file)).hasSize(2);
      case "jobs yaml" -> job(file);
      case "jobs tributary", "jobs sh", "jobs/gpu sh" -> script(file);
      case "jobs json" -> directives(file);
      case "jobs xml" ->
          assertThat(file).content().contains("<id>s3a</id>", "<id>abfs</id>", "<id>gs</id>");
      case "jobs/k8s yaml" -> kubernetes(file);
      case "jobs/k8s Dockerfile" -> image(file);
      case "jobs/airflow py" -> assertThat(AirflowDagsTest.files()).contains(file);
      default -> throw new AssertionError("Cannot load " + file + ": no test knows how");
    }
  }

  @Test
  void theDefaultModelIsTheOneThatComesAlong() {
    String init = JobKeys.packaged().defaults().getOrDefault("model.init", List.of()).get(0);
    assertThat(ModelConfigs.read("classpath:tributary/" + init))
        .isEqualTo(ModelConfigs.read(Path.of(init)));
  }

  /** The model that comes along: whole, as its checksums say, learnt, below 8 MB. */
  private static void learnt(Path file) throws IOException {
    Path folder = Path.of(MODEL);
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSizeLessThan(8_000_000);
    assertThat(Files.readString(folder.resolve("SHA256SUMS")))
        .contains(sha256(bytes) + "  " + file.getFileName() + "\n");
    Model model = Models.load(folder);
    assertThat(model.random()).isFalse();
    assertThat(model.hash()).isEqualTo(learntHash());
    assertThat(model.config())
        .as("what the recipe begins with")
        .isEqualTo(ModelConfigs.read(Path.of(MODEL + ".yaml")));
  }

  /** As docs/learning.md names it. */
  private static String learntHash() throws IOException {
    Matcher named =
        Pattern.compile("hash `([0-9a-f]{64})`")
            .matcher(Files.readString(Path.of("docs/learning.md")));
    assertThat(named.find()).isTrue();
    return named.group(1);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The JVM takes them, and those for our classes match some. */
  private static void directives(Path file) throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:CompilerDirectivesFile=" + file,
                "-XX:+DisplayVMOutputToStderr",
                "--version")
            .start();
    String said = new String(java.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(java.waitFor()).isZero();
    assertThat(said).contains("2 compiler directives added").doesNotContain("error");
    String text = Files.readString(file);
    assertThat(text.indexOf("[\"*.*\"]"))
        .as("the rest, after all that is for C2")
        .isGreaterThan(text.indexOf("Exclude: false"));
    Matcher ours = Pattern.compile("\"(tributary/[^\"]*)\\.\\*\"").matcher(Files.readString(file));
    assertThat(ours.results().map(m -> m.group(1)))
        .isNotEmpty()
        .allSatisfy(
            pattern -> {
              Path source = Path.of("src/main/java", pattern);
              String name = String.valueOf(source.getFileName());
              PathMatcher glob = source.getFileSystem().getPathMatcher("glob:" + name + ".java");
              boolean all = name.equals("*");
              try (Stream<Path> there = Files.walk(source.resolveSibling(""))) {
                assertThat(there.filter(f -> all || glob.matches(f.getFileName()))).isNotEmpty();
              }
            });
  }

  /** It is valid, its model exists and has the modalities that the job names. */
  private static void job(Path file) {
    JobConfig job = JobConfigs.load(file, Map.of(), Map.of(), List.of()).config();
    String path = job.model().path();
    ModelConfig model =
        path == null ? ModelConfigs.read(job.model().init()) : Models.load(Path.of(path)).config();
    assertThat(model.modalities()).containsKeys(names(job));
  }

  private static String[] names(JobConfig job) {
    return job.modalities().keySet().toArray(String[]::new);
  }

  private static void properties(Path file) throws IOException {
    Properties properties = new Properties();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    assertThat(properties).isNotEmpty();
    if (file.toString().endsWith(".conf")) {
      assertThat(properties.stringPropertyNames()).allMatch(k -> k.startsWith("spark."));
    }
  }

  private static void script(Path file) throws IOException, InterruptedException {
    assertThat(file).isExecutable();
    Process bash =
        new ProcessBuilder("bash", "-n", file.toString()).redirectErrorStream(true).start();
    assertThat(new String(bash.getInputStream().readAllBytes())).isEmpty();
    assertThat(bash.waitFor()).isZero();
  }

  private static void kubernetes(Path file) throws IOException {
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
      List<JsonNode> all = documents.readAll();
      assertThat(all).isNotEmpty().allMatch(d -> d.hasNonNull("kind") && d.has("apiVersion"));
    }
  }

  /** What it copies is there, or built. */
  private static void image(Path file) throws IOException {
    List<String> copied =
        Files.readAllLines(file).stream()
            .filter(l -> l.startsWith("COPY ") && !l.startsWith("COPY --from="))
            .map(l -> l.split(" ")[1])
            .toList();
    assertThat(copied).isNotEmpty();
    assertThat(copied).allMatch(c -> c.startsWith("target/") || Files.exists(Path.of(c)));
  }
}
