package tributary.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

class PageTest {
  private static final Map<String, ModalitySpec> SPECS =
      Map.of(
          "text", new ModalitySpec.Text(),
          "image", new ModalitySpec.Image(4, 2, ModalitySpec.Image.Order.RASTER),
          "sound", new ModalitySpec.Audio(8000, ModalitySpec.Audio.Form.RAW, 2, 2, 0),
          "series", new ModalitySpec.Series(1, 0, 1, 10));

  private static Subsequence values(String name, int channels, float... values) {
    return new Subsequence(name, 0, List.of(new TokenBlock.Values(channels, values)));
  }

  @Test
  void showsEveryModalityWithItsHeat() {
    byte[] bytes = "<\u00fc&".getBytes(StandardCharsets.UTF_8);
    float[] black = new float[4 * 12];
    java.util.Arrays.fill(black, -1);
    Map<String, Subsequence> tokens =
        Map.of(
            "text", new Subsequence("text", 0, List.of(new TokenBlock.Ids(bytes))),
            "image", values("image", 12, black),
            "sound", values("sound", 2, 3, 4, 0, 0),
            "series", values("series", 1, 5, 6, 7));
    SortedMap<String, double[]> shares = new TreeMap<>();
    shares.put("text", new double[] {0, 0.1, 0.2, 0.1});
    shares.put("image", new double[] {0.1, 0, 0, 0.1});
    shares.put("sound", new double[] {0.2, 0});
    shares.put("series", new double[] {0.05, 0.05, 0.1});
    String page = Page.of("Record <1>", "Made of weights.", SPECS, tokens, shares);
    assertThat(page)
        .startsWith("<!doctype html>")
        .contains("<title>Record &lt;1&gt;</title>")
        .contains("<td>text<td>40.0 %")
        // A character of two bytes is as hot as the hotter one, which is the hottest of all.
        .contains("rgba(217,72,15,0.00)\">&lt;</span>")
        .contains("rgba(217,72,15,1.00)\">\u00fc</span>")
        .contains("rgba(217,72,15,0.50)\">&amp;</span>")
        .contains("fill=\"#000000\"")
        .contains("<rect class=\"heat\" x=\"2\" y=\"2\" width=\"2\" height=\"2\"")
        .contains("<polyline")
        .doesNotContain("http");
    assertThat(page.split("class=\"heat\"", -1)).hasSize(1 + 4 + 2 + 3);
  }

  /** ImageNet's mean colour, and black. */
  @Test
  void normalisedPixelsAreShownAsTheyWere() {
    float black = -0.485f / 0.229f;
    float[] pixels = {0, 0, 0, black, -0.456f / 0.224f, -0.406f / 0.225f, 0, 0, 0, 0, 0, 0};
    SortedMap<String, double[]> shares = new TreeMap<>();
    shares.put("image", new double[] {0, 1, 0, 0});
    String page =
        Page.of(
            "x",
            "y",
            Map.of("image", new ModalitySpec.Pixels(2, 2)),
            Map.of("image", values("image", 3, pixels)),
            shares);
    assertThat(page)
        .contains("fill=\"#7c7468\"", "fill=\"#000000\"")
        .contains("<rect class=\"heat\" x=\"1\" y=\"0\" width=\"1\" height=\"1\"");
  }
}
