package tributary.explain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.DateTimeException;
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
  private final int first; // token of the first point
  private final double[] times;

  SeriesDrawing(Part part, ModalitySpec.Series spec, int most) {
    this.part = part;
    this.spec = spec;
    this.most = most;
    // A token before all points tells of scale and offset; where cells have one each, times can't
    // be told.
    int ahead = part.count() - part.times().length;
    boolean known = part.times().length > 0 && (ahead == 0 || ahead == 1);
    this.first = known ? ahead : 0;
    this.times = known ? part.times() : new double[0];
  }

  @Override
  public String view() {
    return "line";
  }

  @Override
  public String html() {
    int channels = Math.min(CHANNELS, spec.values());
    int columns = Math.max(60, Math.min(480, most / COLUMN / Math.max(1, channels)));
    float[] values = part.values();
    int width = values.length / Math.max(1, part.count());
    StringBuilder out = new StringBuilder("<div class=\"line\" tabindex=\"0\"");
    if (times.length > 0) {
      out.append(" data-first=\"").append(first).append("\" data-times=\"");
      out.append(packed()).append('"');
    }
    out.append("><div class=\"rows\">");
    for (int c = 0; c < channels; c++) {
      float[] channel = new float[part.count()];
      for (int t = 0; t < channel.length; t++) {
        channel[t] = t < first ? Float.NaN : values[t * width + c];
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
    Arrays.stream(times).forEach(t -> bytes.putFloat((float) (t - times[0])));
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private String time(int t) {
    return t < first ? "" : "+" + Scale.number(times[t - first] - times[0]);
  }

  @Override
  public String token(int t) {
    if (t < first) {
      return "scale and offset";
    }
    return times.length > 0 ? "t " + time(t) : "";
  }

  @Override
  public String note() {
    StringBuilder note = new StringBuilder();
    if (times.length > 0) {
      note.append("Points are at equal distances; times (t) are from the first, ");
      note.append(number(times[0])).append(date()).append(". ");
    }
    if (spec.values() > CHANNELS) {
      note.append("The first %d of %d channels are drawn. ".formatted(CHANNELS, spec.values()));
    }
    return note + StripDrawing.reduced(part);
  }

  private static String number(double t) {
    return new java.math.BigDecimal(t)
        .round(new java.math.MathContext(15))
        .stripTrailingZeros()
        .toPlainString();
  }

  /** How a time reads if it was a timestamp: those of 1973 to 2100 may have been one. */
  private String date() {
    if (times[0] < 1e8 || times[0] > 4.1e9) {
      return "";
    }
    try {
      return " (as a timestamp " + Instant.ofEpochMilli(Math.round(times[0] * 1000)) + ")";
    } catch (DateTimeException e) {
      return "";
    }
  }
}
