package tributary.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import tributary.model.ModalitySpec;

class ReconstructionTest {
  private static final Pattern URI = Pattern.compile("src=\"data:image/png;base64,([^\"]*)\"");

  /** The three pictures of a drawing. */
  private static List<BufferedImage> pictures(String html) throws IOException {
    List<BufferedImage> pictures = new ArrayList<>();
    for (MatchResult uri : URI.matcher(html).results().toList()) {
      byte[] png = Base64.getDecoder().decode(uri.group(1));
      pictures.add(ImageIO.read(new ByteArrayInputStream(png)));
    }
    return pictures;
  }

  private static float[] filled(float... perToken) {
    float[] values = new float[perToken.length * 12];
    for (int i = 0; i < values.length; i++) {
      values[i] = perToken[i / 12];
    }
    return values;
  }

  /** Sixteen patches in Morton order: the second is to the right, the third below the first. */
  @Test
  void patchesAreWhereTheyWere() throws IOException {
    ModalitySpec.Image spec = new ModalitySpec.Image(8, 2, ModalitySpec.Image.Order.MORTON);
    float[] original = new float[16];
    float[] made = new float[16];
    Arrays.fill(original, -1);
    original[1] = 1;
    original[2] = 0.2f;
    made[2] = 3;
    boolean[] visible = new boolean[16];
    Arrays.fill(visible, true);
    visible[2] = false;
    List<BufferedImage> three =
        pictures(
            Trio.picture(
                new Reconstruction.Values("i", "r", spec, filled(original), filled(made), visible),
                spec));
    assertThat(three).hasSize(3);
    three.forEach(
        p -> {
          assertThat(p.getWidth()).isEqualTo(8);
          assertThat(p.getRGB(0, 0)).isEqualTo(0xff000000);
          assertThat(p.getRGB(2, 1)).isEqualTo(0xffffffff);
          assertThat(p.getRGB(7, 7)).isEqualTo(0xff000000);
        });
    assertThat(three.get(0).getRGB(1, 2)).isEqualTo(0xff999999);
    assertThat(three.get(1).getRGB(0, 2)).isEqualTo(0xffa4a4a4);
    assertThat(three.get(1).getRGB(0, 3)).isEqualTo(0xffa4a4a4);
    assertThat(three.get(1).getRGB(1, 3)).isEqualTo(0xff8c8c8c);
    assertThat(three.get(2).getRGB(1, 2)).as("beyond the range is cut").isEqualTo(0xffffffff);
  }

  /** Two frames of three bands: time to the right, the lowest band below, NaN is nothing. */
  @Test
  void aSpectrogramHasItsLowestBandBelow() throws IOException {
    ModalitySpec.Audio spec =
        new ModalitySpec.Audio(16000, ModalitySpec.Audio.Form.LOG_MEL, 400, 160, 3);
    float[] original = {0, 0, 8, 0, 4, 0};
    float[] made = {9, 9, 9, 8, 0, Float.NaN};
    boolean[] visible = {true, false};
    List<BufferedImage> three =
        pictures(
            Trio.spectrogram(new Reconstruction.Values("a", "r", spec, original, made, visible)));
    int low = 0xff440154;
    int high = 0xfffde725;
    assertThat(three.get(0).getRGB(0, 0)).isEqualTo(high);
    assertThat(three.get(0).getRGB(0, 2)).isEqualTo(low);
    assertThat(three.get(0).getRGB(1, 1)).isEqualTo(0xff21918c);
    assertThat(three.get(1).getRGB(0, 0)).isEqualTo(high);
    assertThat(three.get(1).getRGB(1, 2)).isEqualTo(0xffa4a4a4);
    assertThat(three.get(2).getRGB(0, 0)).as("visible: the original").isEqualTo(high);
    assertThat(three.get(2).getRGB(1, 2)).isEqualTo(high);
    assertThat(three.get(2).getRGB(1, 0) >>> 24).isZero();
  }

  @Test
  void aTextTellsHiddenFoundAndWrongBytes() {
    byte[] original = "a\u00fc<\u202eb".getBytes(StandardCharsets.UTF_8);
    byte[] made = original.clone();
    boolean[] visible = new boolean[original.length];
    visible[0] = true;
    made[2] = 'x';
    made[0] = 'z';
    Reconstruction.Bytes of = new Reconstruction.Bytes("t", "r", original, made, visible);
    assertThat(of.hidden()).isEqualTo(7);
    assertThat(of.found()).isEqualTo(6);
    assertThat(TextView.of(of))
        .contains(
            "original</p><div class=\"text\" dir=\"auto\">a<span class=\"hid\">\u00fc</span>"
                + "<span class=\"hid\">&lt;</span><span class=\"hid\"><span class=\"hex\">E280AE")
        .contains(">a<span class=\"gap\">\u2591\u2591</span><span class=\"gap\">\u2591</span>")
        .contains(
            ">a<span class=\"good\"><span class=\"hex\">C3</span></span><span class=\"bad\">x</span>"
                + "<span class=\"good\">&lt;</span>")
        .doesNotContain("\u202e");
  }

  /**
   * Frames of four samples, two apart: where they overlap, the mean; unseen ones alone are made.
   */
  @Test
  void framesOverlap() {
    ModalitySpec.Audio spec = new ModalitySpec.Audio(2, ModalitySpec.Audio.Form.RAW, 4, 2, 0);
    float[] original = {1, 2, 3, 4, 5, 6, 7, 8};
    float[] made = {9, 9, 9, 9, 1, 1, 1, 1};
    boolean[] visible = {true, false};
    Reconstruction.Values of = new Reconstruction.Values("a", "r", spec, original, made, visible);
    assertThat(Lines.waveform(of, spec).toString())
        .isEqualTo(
            "{\"axis\":\"seconds\",\"dots\":false,\"lines\":[{\"name\":\"sound\","
                + "\"original\":{\"x\":[0.0,0.5,1.0,1.5,2.0,2.5],\"y\":[1.0,2.0,4.0,5.0,7.0,8.0]},"
                + "\"made\":{\"x\":[0.0,0.5,1.0,1.5,2.0,2.5],\"y\":[\"NaN\",\"NaN\",1.0,1.0,1.0,1.0]}}],"
                + "\"hidden\":[[1.0,2.0]]}");
  }

  /** Two values per token, time's sines behind them, which are not drawn. */
  @Test
  void aSeriesHasItsValuesAlone() {
    ModalitySpec.Series spec = new ModalitySpec.Series(2, 1, 1, 10);
    float[] original = {1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0};
    float[] made = {7, 7, 7, 7, 8, 9, 7, 7, 7, 7, 7, 7};
    boolean[] visible = {true, false, true};
    Reconstruction.Values of = new Reconstruction.Values("s", "r", spec, original, made, visible);
    assertThat(Lines.series(of, 2).toString())
        .contains("\"name\":\"channel 2\",\"original\":{\"x\":[0.0,1.0,2.0],\"y\":[2.0,4.0,6.0]}")
        .contains("\"made\":{\"x\":[0.0,1.0,2.0],\"y\":[\"NaN\",9.0,\"NaN\"]}")
        .contains("\"hidden\":[[1.0,2.0]]")
        .doesNotContain("channel 3");
    assertThat(of.error()).isEqualTo((25 + 25 + 49 + 49) / 4.0);
  }

  @Test
  void refusesTokensThatAreNotThere() {
    ModalitySpec raw = new ModalitySpec.Raw(3);
    assertThatThrownBy(
            () ->
                new Reconstruction.Values(
                    "v", "r", raw, new float[6], new float[6], new boolean[3]))
        .hasMessage("Invalid v.original: 6 values (as many as the tokens have, 9)");
    assertThatThrownBy(
            () -> new Reconstruction.Bytes("t", "r", new byte[2], new byte[1], new boolean[2]))
        .hasMessage("Invalid t.reconstructed: 1 values (as many as the tokens have, 2)");
  }
}
