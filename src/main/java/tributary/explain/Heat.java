package tributary.explain;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import tributary.base.Html;
import tributary.model.ModalitySpec;
import tributary.split.Subsequence;
import tributary.tokenize.PerceiverPixels;
import tributary.tokenize.TokenBlock;
import tributary.tokenize.Tokenizer;

/** One modality's tokens with their shares as HTML. Heat is relative to the largest share. */
final class Heat {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 160;

  private Heat() {}

  static String of(ModalitySpec spec, Subsequence tokens, double[] shares) {
    double largest = Arrays.stream(shares).max().orElse(0);
    double[] heat = Arrays.stream(shares).map(s -> largest > 0 ? s / largest : 0).toArray();
    if (spec instanceof ModalitySpec.Text) {
      return text(bytes(tokens), heat);
    }
    float[] values = values(tokens);
    int width = spec.channels();
    if (spec instanceof ModalitySpec.Image image) {
      return picture(image, values, heat);
    }
    if (spec instanceof ModalitySpec.Pixels pixels) {
      ModalitySpec.Image alone =
          new ModalitySpec.Image(pixels.size(), 1, ModalitySpec.Image.Order.RASTER);
      return picture(alone, PerceiverPixels.canvas(values), heat);
    }
    if (spec instanceof ModalitySpec.Series series) {
      return curves(values, width, series.values(), heat);
    }
    if (spec instanceof ModalitySpec.Audio audio && audio.form() == ModalitySpec.Audio.Form.RAW) {
      return curves(loudness(values, width), 1, 1, heat);
    }
    return curves(means(values, width), 1, 1, heat);
  }

  private static byte[] bytes(Subsequence tokens) {
    byte[] all = new byte[tokens.tokens()];
    int at = 0;
    for (TokenBlock block : tokens.blocks()) {
      if (block instanceof TokenBlock.Ids ids) {
        System.arraycopy(ids.ids(), 0, all, at, ids.count());
        at += ids.count();
      }
    }
    return all;
  }

  private static float[] values(Subsequence tokens) {
    int n = 0;
    for (TokenBlock block : tokens.blocks()) {
      n += block instanceof TokenBlock.Values v ? v.values().length : 0;
    }
    float[] all = new float[n];
    int at = 0;
    for (TokenBlock block : tokens.blocks()) {
      if (block instanceof TokenBlock.Values v) {
        System.arraycopy(v.values(), 0, all, at, v.values().length);
        at += v.values().length;
      }
    }
    return all;
  }

  /** A character is as hot as its hottest byte. */
  private static String text(byte[] bytes, double[] heat) {
    StringBuilder out = new StringBuilder("<div class=\"text\">");
    for (int from = 0; from < bytes.length; ) {
      int to = from + 1;
      double hottest = heat[from];
      while (to < bytes.length && (bytes[to] & 0xc0) == 0x80) {
        hottest = Math.max(hottest, heat[to++]);
      }
      String character = new String(bytes, from, to - from, StandardCharsets.UTF_8);
      out.append(
          String.format(
              Locale.ROOT,
              "<span style=\"background:rgba(217,72,15,%.2f)\">%s</span>",
              hottest,
              Html.escaped(character)));
      from = to;
    }
    return out.append("</div>").toString();
  }

  /** The patches' pixels, reduced to 8 x 8 a patch at most, under a veil that heat lifts. */
  private static String picture(ModalitySpec.Image spec, float[] values, double[] heat) {
    int[] order = Tokenizer.patches(spec);
    int grid = (spec.canvas() + spec.patch() - 1) / spec.patch();
    int step = Math.max(1, spec.patch() / 8);
    StringBuilder out = new StringBuilder();
    int scale = Math.max(1, 512 / spec.canvas());
    out.append(
        "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
            .formatted(
                scale * grid * spec.patch(),
                scale * grid * spec.patch(),
                grid * spec.patch(),
                grid * spec.patch()));
    for (int t = 0; t < heat.length; t++) {
      int place = order[t % order.length];
      int left = place % grid * spec.patch();
      int top = place / grid * spec.patch();
      for (int y = 0; y < spec.patch(); y += step) {
        for (int x = 0; x < spec.patch(); x += step) {
          int at = t * spec.channels() + (y * spec.patch() + x) * 3;
          out.append(
              "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%02x%02x%02x\"/>"
                  .formatted(
                      left + x,
                      top + y,
                      step,
                      step,
                      level(values[at]),
                      level(values[at + 1]),
                      level(values[at + 2])));
        }
      }
      out.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"heat\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\""
                  + " fill=\"#d9480f\" fill-opacity=\"%.2f\"/>",
              left,
              top,
              spec.patch(),
              spec.patch(),
              0.75 * heat[t]));
    }
    return out.append("</svg>").toString();
  }

  private static int level(float value) {
    return (int) Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
  }

  /** Loudness of each frame of samples: the root of the mean square. */
  private static float[] loudness(float[] values, int width) {
    float[] out = new float[values.length / width];
    for (int t = 0; t < out.length; t++) {
      double sum = 0;
      for (int c = 0; c < width; c++) {
        sum += (double) values[t * width + c] * values[t * width + c];
      }
      out[t] = (float) Math.sqrt(sum / width);
    }
    return out;
  }

  private static float[] means(float[] values, int width) {
    float[] out = new float[values.length / width];
    for (int t = 0; t < out.length; t++) {
      double sum = 0;
      for (int c = 0; c < width; c++) {
        sum += values[t * width + c];
      }
      out[t] = (float) (sum / width);
    }
    return out;
  }

  /** One curve a channel over a strip of heat for each token. */
  private static String curves(float[] values, int width, int channels, double[] heat) {
    int n = heat.length;
    StringBuilder out = new StringBuilder();
    out.append(
        "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">"
            .formatted(WIDTH, HEIGHT, WIDTH, HEIGHT));
    for (int t = 0; t < n; t++) {
      out.append(
          String.format(
              Locale.ROOT,
              "<rect class=\"heat\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"%d\""
                  + " fill=\"#d9480f\" fill-opacity=\"%.2f\"/>",
              (double) t * WIDTH / n,
              (double) WIDTH / n,
              HEIGHT,
              0.75 * heat[t]));
    }
    for (int c = 0; c < channels; c++) {
      out.append(curve(values, width, c, n));
    }
    return out.append("</svg>").toString();
  }

  private static String curve(float[] values, int width, int channel, int n) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < n; t++) {
      low = Math.min(low, values[t * width + channel]);
      high = Math.max(high, values[t * width + channel]);
    }
    double range = high > low ? (double) high - low : 1;
    StringBuilder points = new StringBuilder();
    for (int t = 0; t < n; t++) {
      double y = HEIGHT - 8 - (values[t * width + channel] - (double) low) / range * (HEIGHT - 16);
      points.append(String.format(Locale.ROOT, "%.2f,%.2f ", (t + 0.5) * WIDTH / n, y));
    }
    String colour = new String[] {"#1c3d5a", "#2b8a3e", "#5f3dc4", "#0b7285"}[channel % 4];
    return "<polyline fill=\"none\" stroke=\"" + colour + "\" points=\"" + points + "\"/>";
  }
}
