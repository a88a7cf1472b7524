package tributary.explain;

import tributary.base.Png;
import tributary.model.ModalitySpec;

/** A sound over seconds: its wave or its mel bands, and a strip of shares. */
final class SoundDrawing implements Drawing {
  /** Columns of a spectrogram at most. */
  private static final int COLUMNS = 600;

  /** Levels of loudness that are told apart. */
  private static final int LEVELS = 48;

  /** Characters of a curve's column, about. */
  private static final int COLUMN = 16;

  private final Part part;
  private final ModalitySpec.Audio spec;
  private final float[] values;
  private final int most;

  SoundDrawing(Part part, ModalitySpec.Audio spec, int most) {
    this.part = part;
    this.spec = spec;
    this.values = part.values();
    this.most = most;
  }

  private double seconds(double samples) {
    return samples / spec.rate();
  }

  @Override
  public String view() {
    return "line";
  }

  @Override
  public String html() {
    return "<div class=\"line\" tabindex=\"0\" data-hop=\"%s\" data-frame=\"%s\"><div class=\"rows\">"
            .formatted(seconds(spec.hop()), seconds(spec.frame()))
        + (spec.form() == ModalitySpec.Audio.Form.RAW ? wave() : bands())
        + StripDrawing.strip(part)
        + "</div>"
        + Axis.of(seconds((double) part.count() * spec.hop()), " s")
        + "</div>";
  }

  /** The lowest and highest sample of each frame. */
  private String wave() {
    float[] low = new float[part.count()];
    float[] high = new float[part.count()];
    int width = spec.channels();
    for (int t = 0; t < low.length; t++) {
      low[t] = high[t] = values[t * width];
      for (int i = t * width; i < (t + 1) * width; i++) {
        low[t] = Math.min(low[t], values[i]);
        high[t] = Math.max(high[t], values[i]);
      }
    }
    return Curve.of("wave", "", low, high, Math.max(60, Math.min(960, most / COLUMN)));
  }

  /** Time from left to right, the lowest band below; of several frames the mean. */
  private String bands() {
    int bands = spec.channels();
    int columns = Math.max(1, Math.min(COLUMNS, Math.max(60, most / bands)));
    columns = Math.min(columns, part.count());
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float v : values) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    double range = high > low ? (double) high - low : 1;
    int[] argb = new int[columns * bands];
    for (int column = 0; column < columns; column++) {
      int from = (int) ((long) column * part.count() / columns);
      int to = (int) ((column + 1L) * part.count() / columns);
      for (int band = 0; band < bands; band++) {
        double sum = 0;
        for (int t = from; t < to; t++) {
          sum += values[t * bands + band];
        }
        argb[(bands - 1 - band) * columns + column] = grey((sum / (to - from) - low) / range);
      }
    }
    return "<div class=\"row\"><img class=\"bands\" alt=\"Mel bands over time, the brighter the louder\" src=\""
        + Png.uri(argb, columns, bands)
        + "\"><b>mel bands</b><u>"
        + (hertz(bands) + " Hz")
        + "</u><s>"
        + (hertz(1) + " Hz")
        + "</s></div>";
  }

  /** The centre of a band, counted from 1, on HTK's mel scale as tokens are made. */
  private String hertz(int band) {
    double top = 2595 * Math.log10(1 + spec.rate() / 2.0 / 700);
    double mel = top * band / (spec.channels() + 1);
    return Scale.number(700 * (Math.pow(10, mel / 2595) - 1));
  }

  private static int grey(double value) {
    int level = (int) Math.round(Math.max(0, Math.min(1, value)) * (LEVELS - 1));
    int of = level * 255 / (LEVELS - 1);
    return 0xff000000 | of << 16 | of << 8 | of;
  }

  @Override
  public String token(int t) {
    double from = seconds((double) t * spec.hop());
    return String.format(
        java.util.Locale.ROOT, "%.3f to %.3f s", from, from + seconds(spec.frame()));
  }

  @Override
  public String note() {
    String scale =
        spec.form() == ModalitySpec.Audio.Form.RAW
            ? ""
            : "The mel bands are black where quietest in this record and white where loudest. ";
    return scale + StripDrawing.reduced(part);
  }
}
