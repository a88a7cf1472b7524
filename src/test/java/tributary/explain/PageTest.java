package tributary.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.model.ModalitySpec;
import tributary.model.ModalitySpec.Audio;
import tributary.model.ModalitySpec.Image.Order;
import tributary.model.ModalitySpec.Points;
import tributary.model.ModalitySpec.Series;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/** What the page says and draws, how large it is, and what of a record it lets run: nothing. */
class PageTest {
  private static final Map<String, ModalitySpec> KINDS = new LinkedHashMap<>();

  static {
    KINDS.put("text", new ModalitySpec.Text());
    KINDS.put("image", new ModalitySpec.Image(256, 16, Order.MORTON));
    KINDS.put("pixels", new ModalitySpec.Pixels(100, 110));
    KINDS.put("video", new ModalitySpec.Video(256, 16, 4, 2, Order.RASTER));
    KINDS.put("wave", new Audio(16000, Audio.Form.RAW, 80, 80, 0));
    KINDS.put("mel", new Audio(16000, Audio.Form.LOG_MEL, 400, 160, 64));
    KINDS.put("vectors", new ModalitySpec.Vectors(16));
    KINDS.put("series", new ModalitySpec.Series(8, 2, 1, 10));
    KINDS.put("points", new ModalitySpec.Points(3, Order.MORTON));
    KINDS.put("raw", new ModalitySpec.Raw(4));
  }

  private static ModalitySpec kind(String name) {
    return Objects.requireNonNull(KINDS.get(name));
  }

  private static Subsequence values(String name, int channels, float... values) {
    return new Subsequence(name, 0, List.of(new TokenBlock.Values(channels, values)));
  }

  private static Subsequence text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Subsequence("text", 0, List.of(new TokenBlock.Ids(bytes)));
  }

  private static String page(Part... parts) {
    List<Explanation.Fact> facts = List.of(new Explanation.Fact("model hash", "ab<c"));
    return Page.of(
        new Explanation("Record <1>", facts, "RANDOM & more", "Made of weights.", List.of(parts)));
  }

  /** Tokens by seed that compress badly: noise, and shares between 0 and the largest. */
  private static Part noise(String kind, int tokens, double share) {
    Random random = new Random(tokens);
    ModalitySpec spec = kind(kind);
    double[] shares = random.doubles(tokens).toArray();
    double sum = Arrays.stream(shares).sum();
    Arrays.setAll(shares, t -> shares[t] / sum * share);
    if (spec instanceof ModalitySpec.Text) {
      String hostile = "\"'<&>\u00e9\u0001 ".repeat(tokens / 9 + 1);
      byte[] bytes = Arrays.copyOf(hostile.getBytes(StandardCharsets.UTF_8), tokens);
      TokenBlock block = new TokenBlock.Ids(bytes);
      return Part.of(kind, spec, new Subsequence(kind, 0, List.of(block)), shares);
    }
    float[] x = new float[tokens * spec.channels()];
    for (int i = 0; i < x.length; i++) {
      x[i] = 2 * random.nextFloat() - 1;
    }
    double[] times =
        kind.equals("series") ? random.doubles(tokens).sorted().toArray() : new double[0];
    return new Part(kind, "column", spec, values(kind, spec.channels(), x), shares, times);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text", "image", "pixels", "video", "wave", "mel", "vectors", "series", "points", "raw"
      })
  void tenThousandTokensOfAKindFit(String kind) {
    assertThat(page(noise(kind, 10_000, 1)).getBytes(StandardCharsets.UTF_8).length)
        .isLessThan(500_000);
  }

  @Test
  void tenThousandTokensOfAllKindsFit() {
    List<Part> parts = new ArrayList<>();
    KINDS.keySet().stream()
        .filter(k -> !k.equals("pixels") && !k.equals("video"))
        .forEach(k -> parts.add(noise(k, 1250, 1.0 / 8)));
    String page = page(parts.toArray(new Part[0]));
    assertThat(page.getBytes(StandardCharsets.UTF_8).length).isLessThan(500_000);
    assertThat(page).contains("data-tokens=\"10000\"", "an even share is 0.01 %");
  }

  /** The scale is printed, and each of its colours is darker than the one before. */
  @Test
  void aDarkerTileIsALargerShare() {
    double before = Double.POSITIVE_INFINITY;
    for (int step = 0; step < Scale.COLOURS.length; step++) {
      int c = Scale.argb((step + 0.5) / 9 * 0.2, 0.2);
      double light = 0.2126 * (c >> 16 & 255) + 0.7152 * (c >> 8 & 255) + 0.0722 * (c & 255);
      assertThat(light).isLessThan(before);
      before = light;
    }
    assertThat(page(Part.of("text", kind("text"), text("abcd"), new double[] {0, .2, .1, .05})))
        .contains("<i class=a>a</i><i class=i>b</i><i class=e>c</i><i class=c>d</i>")
        .contains(">0 %</span>", ">6.67 %</span>", ">13.3 %</span>", ">20 %</span>");
  }

  @Test
  void sharesAreReadOffToThreeDigits() {
    double[] shares = {0.5, 0.25, 1e-7, 0, 0.24999};
    Part part = Part.of("text", kind("text"), text("abcde"), shares);
    byte[] bytes = Base64.getDecoder().decode(part.packed());
    for (int t = 0; t < shares.length; t++) {
      int code = bytes[2 * t] & 255 | (bytes[2 * t + 1] & 255) << 8;
      double read = code == 65535 ? 0 : 0.5 * Math.pow(2, -code / 2048.0);
      assertThat(read).as("token %d", t).isCloseTo(shares[t], within(2e-4 * shares[t]));
    }
    assertThat(page(part)).contains("data-largest=\"0.5\" data-shares=\"" + part.packed());
  }

  @Test
  void tablesSayWhatDrawingsShow() {
    String page =
        page(
            Part.of("text", kind("text"), text("\u00fc\n"), new double[] {0.1, 0.3, 0.2}),
            Part.of(
                "sound",
                new Audio(8000, Audio.Form.RAW, 2, 2, 0),
                values("sound", 2, 3, 4, 0, 0),
                new double[] {0.25, 0.15}));
    assertThat(page)
        .contains("<title>Record &lt;1&gt;</title>", "RANDOM &amp; more", "ab&lt;c")
        .contains("<caption>Shares by modality</caption>", "<th scope=\"col\">share</th>")
        .contains("<th scope=\"row\">text</th><td>text</td><td>3</td><td>60 %</td>")
        .contains("<th scope=\"row\">sound</th><td>audio</td><td>2</td><td>40 %</td>")
        // A character has its bytes' shares together: more than the largest of one.
        .contains("<i class=i>\u00fc</i><i class=g>\u21b5\n</i>", "data-bytes=\"AgE=\"")
        .contains(
            "<th scope=\"row\">2</th><td dir=\"auto\">\u201c\u00fc\u201d, byte 2 of 2</td><td>30 %")
        .contains("<td dir=\"auto\">0.000 to 0.000 s</td><td>25 %</td><td>1.25</td>")
        .contains("data-hop=\"2.5E-4\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"</script><script>alert(1)</script>", "<!--", "\" onload=\"x", "'&\u202e"})
  void nothingOfARecordRuns(String hostile) {
    double[] shares = new double[hostile.getBytes(StandardCharsets.UTF_8).length];
    Arrays.fill(shares, 1.0 / shares.length);
    Part part =
        new Part(hostile, hostile, new ModalitySpec.Text(), text(hostile), shares, new double[0]);
    List<Explanation.Fact> facts = List.of(new Explanation.Fact(hostile, hostile));
    String page = Page.of(new Explanation(hostile, facts, hostile, hostile, List.of(part)));
    assertThat(page.split("<script", -1)).hasSize(2);
    assertThat(page.split("</script", -1)).hasSize(2);
    assertThat(page)
        .doesNotContain("alert(1)<", "<!--", "\u202e", "\" onload")
        .doesNotContain("http:", "https:", "src=\"/")
        .contains(
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-");
  }

  /** The first picture of a page. */
  private static BufferedImage picture(String page, int number) throws IOException {
    Matcher uri = Pattern.compile("data:image/png;base64,([^\"]+)").matcher(page);
    for (int i = 0; i <= number; i++) {
      assertThat(uri.find()).isTrue();
    }
    byte[] png = Base64.getDecoder().decode(uri.group(1));
    return ImageIO.read(new ByteArrayInputStream(png));
  }

  /** ImageNet's mean colour, and black; the heat beside it. */
  @Test
  void normalisedPixelsAreShownAsTheyWere() throws IOException {
    float black = -0.485f / 0.229f;
    float[] pixels = {0, 0, 0, black, -0.456f / 0.224f, -0.406f / 0.225f, 0, 0, 0, 0, 0, 0};
    ModalitySpec spec = new ModalitySpec.Pixels(2, 2);
    String page =
        page(Part.of("image", spec, values("image", 3, pixels), new double[] {0, 1, 0, 0.5}));
    BufferedImage seen = picture(page, 0);
    assertThat(seen.getRGB(0, 0)).isEqualTo(0xff7c7468);
    assertThat(seen.getRGB(1, 0)).isEqualTo(0xff000000);
    BufferedImage heat = picture(page, 1);
    assertThat(heat.getRGB(0, 0)).isEqualTo(0xfffff7ec);
    assertThat(heat.getRGB(1, 0)).isEqualTo(0xff7f0000);
    assertThat(heat.getRGB(1, 1)).isEqualTo(0xfffc8d59);
  }

  /** Morton order: the second token is right of the first, the third below it. */
  @Test
  void patchesAreInTheirPlaces() throws IOException {
    ModalitySpec spec = new ModalitySpec.Image(4, 2, Order.MORTON);
    float[] x = new float[5 * 12];
    Arrays.fill(x, 12, 24, 1f);
    String page =
        page(Part.of("image", spec, values("image", 12, x), new double[] {0, 0, .5, 0, .5}));
    assertThat(picture(page, 0).getRGB(2, 0)).isEqualTo(0xffffffff);
    BufferedImage heat = picture(page, 1);
    assertThat(heat.getWidth()).isEqualTo(4);
    assertThat(heat.getRGB(0, 1)).isEqualTo(0xff7f0000);
    assertThat(heat.getRGB(2, 0)).as("the second canvas").isEqualTo(0xff7f0000);
    assertThat(heat.getRGB(3, 0)).as("no token").isZero();
    assertThat(page).contains("picture 2, row 1, column 1", "data-across=\"2\"");
  }

  /** Layers in time, of each the first frame; a token is a place in both. */
  @Test
  void aVideoIsItsLayersInTime() {
    ModalitySpec.Video spec = new ModalitySpec.Video(4, 2, 4, 2, Order.RASTER);
    float[] x = new float[3 * 4 * spec.channels()];
    double[] shares = new double[12];
    Arrays.fill(shares, 0.5 / 11);
    shares[6] = 0.5;
    String page = page(Part.of("clip", spec, values("clip", spec.channels(), x), shares));
    assertThat(page)
        .contains("data-side=\"2\" data-across=\"2\" data-down=\"2\" data-seconds=\"0.5\"")
        .contains("<td dir=\"auto\">0.5 s, row 2, column 1</td><td>50 %")
        .contains("in the frames of 0.5 s, of which the first is drawn");
  }

  @Test
  void pointsAreInThreeProjections() throws IOException {
    float[] x = {0, 0, 0, 10, 5, 2};
    String page =
        page(Part.of("points", kind("points"), values("points", 3, x), new double[] {.95, .05}));
    assertThat(page.split("class=\"plane\"", -1)).hasSize(4);
    assertThat(page)
        .contains("on the axes x and y", "on the axes x and z", "on the axes y and z")
        .contains("<td dir=\"auto\">(0, 0, 0)</td><td>95 %</td>", "x = -0.4", "z = -4.4");
    BufferedImage xy = picture(page, 0);
    int side = xy.getWidth();
    assertThat(xy.getRGB((int) (0.4 / 10.8 * side), side - (int) (2.9 / 10.8 * side)))
        .isEqualTo(0xff7f0000);
    assertThat(xy.getRGB((int) (10.4 / 10.8 * side), side - (int) (7.9 / 10.8 * side)))
        .isEqualTo(0xfffff7ec);
  }

  /** Seconds of a sound; t of a series' points, of which a cell's scale is none. */
  @Test
  void timesAreOnTheAxes() {
    String sound = page(noise("mel", 200, 1));
    assertThat(sound).contains(">0 s</span>", ">0.5</span>", ">2</span>", "data-hop=\"0.01\"");
    double[] shares = {0.2, 0.1, 0.2, 0.3, 0.2};
    double[] times = {1_700_000_000.5, 1_700_000_001.5, 1_700_000_004};
    ModalitySpec spec = new ModalitySpec.Series(1, 0, 1, 10, Series.Normalize.ZSCORE);
    // Two cells, each behind its scale.
    Subsequence tokens = values("s", 3, 99, 3, 1, 5, 0, 0, 6, 0, 0, 44, 8, 1, 7, 0, 0);
    String series = page(new Part("s", "c", spec, tokens, shares, times));
    assertThat(series)
        .contains("aria-label=\"channel 1, from 5 to 7\"")
        .contains(">+0</span>", ">+1</span>", ">+3.5</span>")
        .contains(
            "<th scope=\"row\">4</th><td dir=\"auto\">mean and deviation of a cell</td><td>30 %")
        .contains("a token before each cell's holds both")
        .contains("the first, 1700000000.5 (as a timestamp 2023-11-14T22:13:20.500Z)");
    byte[] packed = Base64.getDecoder().decode(found(series, "data-times=\"([^\"]+)"));
    float[] read = new float[5];
    ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(read);
    assertThat(read).containsExactly(Float.NaN, 0, 1, Float.NaN, 3.5f);
  }

  private static String found(String page, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(page);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  /** A cell's scale would be far off. */
  @Test
  void theScaleOfACellIsNoPoint() {
    ModalitySpec spec =
        new ModalitySpec.Points(3, Order.MORTON, Points.Normalize.UNIT, Points.POINTS, 0);
    float[] x = {900, 800, 700, 50, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    assertThat(page(Part.of("p", spec, values("p", 5, x), new double[] {.5, .25, .25})))
        .contains("data-scales=\"[0]\"", "x = -0.04", ">1.04</span>")
        .contains("<td dir=\"auto\">centre and size of a cell</td><td>50 %")
        .contains("<td dir=\"auto\">(1, 0, 0)</td><td>25 %");
    float[] alone = {900, 800, 700, 50, 1};
    assertThat(page(Part.of("p", spec, values("p", 5, alone), new double[] {1})))
        .doesNotContain("NaN", "Infinity");
  }

  /** Not one per token. */
  @ParameterizedTest
  @CsvSource({"0", "2"})
  void sharesAreOnePerToken(int shares) {
    assertThatThrownBy(() -> Part.of("t", kind("text"), text("abc"), new double[shares]))
        .hasMessage("Invalid shares of t: " + shares + " (one per token, 3)");
  }
}
