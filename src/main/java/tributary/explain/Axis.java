package tributary.explain;

import java.util.Locale;
import tributary.base.Html;

/** Numbers under a drawing, in steps of 1, 2 or 5 times a power of ten. */
final class Axis {
  /** Steps of an axis at most: as many as a narrow screen has room for. */
  private static final int MOST = 5;

  private Axis() {}

  /** A number at a place from 0 to 1. */
  static String tick(double at, String label) {
    String edge = at < 0.02 ? " class=\"first\"" : at > 0.98 ? " class=\"last\"" : "";
    return String.format(
        Locale.ROOT,
        "<span%s style=\"left:%.2f%%\">%s</span>",
        edge,
        100 * at,
        Html.escaped(label));
  }

  /** From 0 to an end. */
  static String of(double end, String unit) {
    StringBuilder out = new StringBuilder("<div class=\"axis\">");
    double step = step(end / MOST);
    for (int i = 0; i * step <= end * (1 + 1e-9) && end > 0; i++) {
      out.append(tick(i * step / end, Scale.number(i * step) + (i == 0 ? unit : "")));
    }
    return out.append("</div>").toString();
  }

  /** Labels of their own at equal distances. */
  static String of(int count, java.util.function.IntFunction<String> label) {
    StringBuilder out = new StringBuilder("<div class=\"axis\">");
    int every = (int) Math.max(1, Math.ceil(step((double) count / MOST)));
    for (int i = 0; i < count; i += every) {
      out.append(tick((i + 0.5) / count, label.apply(i)));
    }
    return out.append("</div>").toString();
  }

  private static double step(double least) {
    double ten = Math.pow(10, Math.floor(Math.log10(least)));
    for (double times : new double[] {1, 2, 5}) {
      if (times * ten >= least * (1 - 1e-9)) {
        return times * ten;
      }
    }
    return 10 * ten;
  }
}
