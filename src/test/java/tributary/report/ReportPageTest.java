package tributary.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tributary.base.Html;
import tributary.report.LearningReport.EmbeddingMap;
import tributary.report.LearningReport.Point;
import tributary.report.LearningReport.Step;

class ReportPageTest {
  private static final LearningReport DEMO = DemoReport.of(1, 500);
  private static final LearningReport EMPTY =
      new LearningReport("none", Map.of(), List.of(), List.of(), List.of(), EmbeddingMap.NONE);
  private static final Pattern SCRIPT = Pattern.compile("(?s)<script([^>]*)>(.*?)</script>");

  private static List<MatchResult> scripts(String page) {
    return SCRIPT.matcher(page).results().toList();
  }

  /** What the charts are drawn from, as a browser reads it: up to the first end of the element. */
  private static JsonNode data(String page) throws Exception {
    MatchResult data =
        scripts(page).stream().filter(s -> s.group(1).contains("id=\"data\"")).findFirst().get();
    return new ObjectMapper().readTree(data.group(2));
  }

  private static List<Double> numbers(JsonNode array) {
    List<Double> numbers = new ArrayList<>();
    array.forEach(v -> numbers.add(Double.valueOf(v.asText())));
    return numbers;
  }

  private static List<Long> steps(JsonNode curve) {
    List<Long> steps = new ArrayList<>();
    curve.path("step").forEach(v -> steps.add(v.asLong()));
    return steps;
  }

  @Test
  void whereNothingWasMeasuredThereIsNoSectionOfMeasures() {
    LearningReport none =
        new LearningReport("title", Map.of(), List.of(), List.of(), List.of(), EmbeddingMap.NONE);
    assertThat(ReportPage.of(none)).doesNotContain("#measures", ">Measures<");
    assertThat(ReportPage.of(DEMO)).contains("href=\"#measures\"", ">Measures<");
  }

  @Test
  void itsNumbersAreThoseOfTheReport() throws Exception {
    JsonNode data = data(ReportPage.of(DEMO));
    assertThat(data.path("title").asText()).isEqualTo(DEMO.title());
    List<String> facts = new ArrayList<>();
    data.path("facts").forEach(f -> facts.add(f.get(0).asText() + "=" + f.get(1).asText()));
    assertThat(facts).isEqualTo(DEMO.facts().entrySet().stream().map(Object::toString).toList());
    List<Long> steps = DEMO.steps().stream().map(Step::step).toList();
    JsonNode run = data.path("run");
    run.forEach(curve -> assertThat(steps(curve)).isEqualTo(steps));
    assertThat(numbers(run.path("epoch").path("value")))
        .isEqualTo(DEMO.steps().stream().map(Step::epoch).toList());
    assertThat(numbers(run.path("learning rate").path("value")))
        .isEqualTo(DEMO.steps().stream().map(Step::learningRate).toList());
    assertThat(numbers(run.path("gradient norm").path("value")))
        .isEqualTo(DEMO.steps().stream().map(Step::gradientNorm).toList())
        .contains(Double.POSITIVE_INFINITY);
    assertThat(numbers(run.path("records per second").path("value")))
        .isEqualTo(DEMO.steps().stream().map(Step::recordsPerSecond).toList());
    assertThat(data.path("training")).hasSize(8);
    for (String name : DEMO.steps().get(0).losses().keySet()) {
      assertThat(numbers(data.path("training").path(name).path("value")))
          .isEqualTo(DEMO.steps().stream().map(s -> s.losses().get(name)).toList());
      assertThat(numbers(data.path("validation").path(name).path("value")))
          .isEqualTo(DEMO.validations().stream().map(v -> v.losses().get(name)).toList());
    }
    assertThat(numbers(data.path("training").path("masked/series").path("value")))
        .contains(Double.NaN);
    assertThat(numbers(data.path("measured").path("accuracy").path("value")))
        .isEqualTo(DEMO.steps().stream().map(s -> s.measures().get("accuracy")).toList());
    assertThat(data.path("training").has("accuracy")).isFalse();
    assertThat(numbers(data.path("measures").path("probe accuracy").path("value")))
        .isEqualTo(
            DEMO.validations().stream().map(v -> v.measures().get("probe accuracy")).toList());
  }

  @Test
  void itsMapIsThatOfTheReport() throws Exception {
    JsonNode map = data(ReportPage.of(DEMO)).path("map");
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < map.path("x").size(); i++) {
      String label = map.path("labels").get(map.path("label of").get(i).asInt()).asText();
      double x = map.path("x").get(i).doubleValue();
      points.add(
          new Point(x, map.path("y").get(i).doubleValue(), label, map.path("id").get(i).asText()));
    }
    assertThat(points).isEqualTo(DEMO.map().points());
    assertThat(map.path("label").asText()).isEqualTo("label");
    assertThat(map.path("kept").doubleValue()).isEqualTo(DEMO.map().kept());
  }

  /** Nothing with an address but pictures within the page; addresses in scripts are names. */
  @Test
  void itAsksForNothing() {
    String page = ReportPage.of(DEMO);
    String markup = SCRIPT.matcher(page).replaceAll("").replaceAll("(?s)<style>.*?</style>", "");
    String policy =
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src";
    assertThat(page).contains(policy).contains("base-uri 'none'; form-action 'none'");
    assertThat(markup).doesNotContain("http:", "https:", "<link", "<iframe", "<object", "<base");
    assertThat(Pattern.compile("\\s(src|href)=\"([^\"]*)\"").matcher(markup).results())
        .isNotEmpty()
        .allMatch(m -> m.group(2).startsWith(m.group(1).equals("src") ? "data:image/png;" : "#"));
    String styles = page.substring(page.indexOf("<style>"), page.indexOf("</style>"));
    assertThat(styles).doesNotContain("url(", "@import", "http");
    List<String> addresses = new ArrayList<>();
    for (MatchResult script : scripts(page)) {
      assertThat(script.group(1)).doesNotContain("src");
      assertThat(script.group(2))
          .doesNotContain("fetch(", "XMLHttpRequest", "import(", "WebSocket");
      Pattern.compile("https?://[^\\s\"]*")
          .matcher(script.group(2))
          .results()
          .forEach(m -> addresses.add(m.group()));
    }
    assertThat(addresses)
        .containsOnly("https://github.com/leeoniya/uPlot", "http://www.w3.org/2000/svg");
  }

  @Test
  void onlyItsOwnScriptsMayRun() throws Exception {
    String page = ReportPage.of(DEMO);
    List<MatchResult> scripts = scripts(page);
    assertThat(scripts.stream().map(s -> s.group(1)))
        .containsExactly(" type=\"application/json\" id=\"data\"", "", "");
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (MatchResult script : scripts.subList(1, 3)) {
      byte[] hash = digest.digest(script.group(2).getBytes(StandardCharsets.UTF_8));
      assertThat(page).contains("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
    }
  }

  @Test
  void whatRecordsHoldIsText() {
    String page = ReportPage.of(DEMO);
    assertThat(page)
        .doesNotContain("<img src=x", "\u202e")
        .contains(Html.escaped(DemoReport.HOSTILE));
    assertThat(page.split("</script>", -1)).hasSize(1 + 3);
    assertThat(page.split("<img ", -1)).hasSize(1 + 9);
    String named = "masked</script><b>\"'&/\u05d0";
    LearningReport report =
        new LearningReport(
            "t",
            Map.of(),
            List.of(new Step(1, 0, 0, 0, 0, new TreeMap<>(Map.of(named, 1.0)), new TreeMap<>())),
            List.of(),
            List.of(),
            EmbeddingMap.NONE);
    assertThat(ReportPage.of(report))
        .contains("data-name=\"masked&lt;\"")
        .doesNotContain("masked</script>");
  }

  @Test
  void everyChartIsTold() {
    String page = ReportPage.of(DEMO);
    assertThat(
            Pattern.compile("<figcaption><h3><bdi>([^<]*)</bdi></h3><p>[^<]{20,}</p>")
                .matcher(page)
                .results()
                .map(m -> m.group(1)))
        .containsExactly(
            "fused-contrastive",
            "masked",
            "accuracy",
            "effective rank",
            "probe accuracy",
            "Learning rate",
            "Gradient norm",
            "Records per second");
    assertThat(page)
        .contains("<html lang=\"en\">", "name=\"viewport\"", "prefers-color-scheme:dark")
        .contains("Charts by uPlot 1.6.30, MIT licence", "Copyright (c) 2022 Leon Sorokin");
  }

  @Test
  void anEmptyRunHasAPage() throws Exception {
    String page = ReportPage.of(EMPTY);
    assertThat(page).contains("No step yet.", "None made.", "None drawn.");
    assertThat(data(page).path("training")).isEmpty();
  }

  @Test
  void itsSizeIsBounded() throws Exception {
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i <= 50_000; i++) {
      double loss = i == 30_001 ? 99 : 1.0 / i;
      steps.add(
          new Step(
              i, i, 1e-3, 1 / 3.0, 7, new TreeMap<>(Map.of("masked/text", loss)), new TreeMap<>()));
    }
    List<Point> points = Stream.generate(() -> new Point(1, 2, "l", "i")).limit(20_001).toList();
    LearningReport report =
        new LearningReport(
            "t", Map.of(), steps, List.of(), List.of(), new EmbeddingMap("l", 1, points));
    String page = ReportPage.of(report);
    JsonNode data = data(page);
    JsonNode curve = data.path("training").path("masked/text");
    assertThat(curve.path("of").asInt()).isEqualTo(50_000);
    assertThat(curve.path("value")).hasSizeBetween(1000, 2000);
    assertThat(curve.path("mean")).hasSameSizeAs(curve.path("value"));
    assertThat(numbers(curve.path("value"))).contains(99.0);
    assertThat(data.path("map").path("id")).hasSizeBetween(4000, 5000);
    assertThat(data.path("map").path("of").asInt()).isEqualTo(20_001);
    assertThat(page.length()).isLessThan(1_500_000);
    assertThat(page)
        .contains("Curves of more than 2,000 points keep", "shows 5,000 points at most");
  }

  @Test
  void equalReportsGiveEqualPages() {
    assertThat(ReportPage.of(DemoReport.of(3, 50))).isEqualTo(ReportPage.of(DemoReport.of(3, 50)));
  }

  @Test
  void itIsWrittenInOneMove(@TempDir Path folder) throws Exception {
    Path file = folder.resolve(ReportPage.FILE);
    ReportPage.write(file, EMPTY);
    ReportPage.write(file, DEMO);
    assertThat(Files.readString(file)).isEqualTo(ReportPage.of(DEMO));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void refusesAHistoryThatGoesBack() {
    Step step = DEMO.steps().get(4);
    assertThatThrownBy(
            () ->
                new LearningReport(
                    "t", Map.of(), List.of(step, step), List.of(), List.of(), EmbeddingMap.NONE))
        .hasMessage("Invalid steps: 5 after 5 (ascending)");
    assertThatThrownBy(() -> new Point(Double.NaN, 0, "l", "r7"))
        .hasMessage("Invalid point of r7: NaN, 0.0 (finite)");
  }
}
