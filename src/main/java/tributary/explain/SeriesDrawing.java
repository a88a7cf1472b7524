package tributary.explain;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import tributary.model.ModalitySpec;

/** A series: a curve per channel on a scale of its own, a strip of shares, and times. */
final class SeriesDrawing implements Drawing {
  /** Channels that are drawn. */
  private static final int CHANNELS = 8;

  /** Characters of a curve's column, about. */
  private static final int COLUMN = 18;

  private final Part part;
  private final ModalitySpec.Series spec;
  private final int most;
  private final float[] values;
  private final int width;
  private final double[] times; // of the tokens, NaN for one of scale; empty where there are none

  SeriesDrawing(Part part, ModalitySpec.Series spec, int most) {
    this.part = part;
    this.spec = spec;
    this.most = most;
    this.values = part.values();
    this.width = values.length / Math.max(1, part.count());
    double[] all = new double[part.count()];
    int points = 0;
    for (int t = 0; t < all.length; t++) {
      boolean timed = !spec.isScale(values, t) && points < part.times().length;
      all[t] = timed ? part.times()[points++] : Double.NaN;
    }
    this.times = points == 0 ? new double[0] : all;
  }

  @Override
  public String view() {
    return "line";
  }

  @Override
  public String html() {
    int channels = Math.min(CHANNELS, spec.values());
    int columns = Math.max(60, Math.min(480, most / COLUMN / Math.max(1, channels)));
    StringBuilder out = new StringBuilder("<div class=\"line\" tabindex=\"0\"");
    if (times.length > 0) {
      out.append(" data-times=\"").append(packed()).append('"');
    }
    out.append("><div class=\"rows\">");
    for (int c = 0; c < channels; c++) {
      float[] channel = new float[part.count()];
      for (int t = 0; t < channel.length; t++) {
        channel[t] = spec.isScale(values, t) ? Float.NaN : values[t * width + c];
      }
      out.append(Curve.of("channel " + (c + 1), "", channel, channel, columns));
    }
    out.append(StripDrawing.strip(part)).append("</div>");
    out.append(times.length > 0 ? Axis.of(part.count(), this::time) : "");
    out.append(times.length > 0 ? "" : Axis.of(part.count(), " points"));
    return out.append("</div>").toString();
  }

  /** Times from the first, float32, little-endian, Base64. */
  private String packed() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * times.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(times).forEach(t -> bytes.putFloat((float) (t - start())));
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private double start() {
    return part.times()[0];
  }

  private String time(int t) {
    return Double.isNaN(times[t]) ? "" : "+" + Scale.number(times[t] - start());
  }

  @Override
  public String token(int t) {
    if (spec.isScale(values, t)) {
      return "mean and deviation of a cell";
    }
    return times.length > 0 ? "t " + time(t) : "";
  }

  @Override
  public String note() {
    StringBuilder note = new StringBuilder();
    if (times.length > 0) {
      note.append("Points are at equal distances; times (t) are from the first, ");
      note.append(number(start())).append(date()).append(". ");
    }
    if (spec.scaled()) {
      note.append(
          "Values are deviations from the mean of their cell, as the model saw them; a token");
      note.append(" before each cell's holds both and is no point. ");
    }
    if (spec.values() > CHANNELS) {
      note.append("The first %d of %d channels are drawn. ".formatted(CHANNELS, spec.values()));
    }
    return note + StripDrawing.reduced(part);
  }

  private static String number(double t) {
    return new BigDecimal(t).round(new MathContext(15)).stripTrailingZeros().toPlainString();
  }

  /** How a time reads if it was a timestamp: those of 1973 to 2100 may have been one. */
  private String date() {
    if (start() < 1e8 || start() > 4.1e9) {
      return "";
    }
    return " (as a timestamp " + Instant.ofEpochMilli(Math.round(start() * 1000)) + ")";
  }
}
