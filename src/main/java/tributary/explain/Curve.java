package tributary.explain;

import java.util.Locale;
import tributary.base.Html;

/** A curve as SVG that fills its row, over the width of all tokens; none where a value is NaN. */
final class Curve {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 100;

  private Curve() {}

  /**
   * The curve of a value per token, or of the lowest and highest of each.
   *
   * @param low [tokens]; NaN where there is none
   * @param high [tokens]; may be low itself
   * @param columns places at most: beyond them, the lowest and highest of each
   */
  static String of(String name, String unit, float[] low, float[] high, int columns) {
    double bottom = Double.POSITIVE_INFINITY;
    double top = Double.NEGATIVE_INFINITY;
    for (int t = 0; t < low.length; t++) {
      bottom = low[t] < bottom ? low[t] : bottom;
      top = high[t] > top ? high[t] : top;
    }
    double range = top > bottom ? top - bottom : 1;
    String path = path(low, high, bottom, range, Math.max(1, Math.min(columns, low.length)));
    String from = Scale.number(bottom == Double.POSITIVE_INFINITY ? 0 : bottom);
    String to = Scale.number(top == Double.NEGATIVE_INFINITY ? 0 : top);
    return "<div class=\"row\"><svg viewBox=\"0 -4 %d %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"%s, from %s to %s%s\">"
            .formatted(WIDTH, HEIGHT + 8, Html.escaped(name), from, to, unit)
        + "<path d=\""
        + path
        + "\"/></svg><b>"
        + Html.escaped(name)
        + "</b><u>"
        + (to + unit)
        + "</u><s>"
        + (from + unit)
        + "</s></div>";
  }

  private static String path(float[] low, float[] high, double bottom, double range, int columns) {
    StringBuilder path = new StringBuilder();
    boolean open = false;
    for (int column = 0; column < columns; column++) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      int to = (int) ((column + 1L) * low.length / columns);
      for (int t = (int) ((long) column * low.length / columns); t < to; t++) {
        least = low[t] < least ? low[t] : least;
        most = high[t] > most ? high[t] : most;
      }
      if (least > most) {
        open = false;
        continue;
      }
      double x = (column + 0.5) * WIDTH / columns;
      path.append(open ? 'L' : 'M').append(place(x)).append(' ');
      path.append(place(HEIGHT - (most - bottom) / range * HEIGHT));
      if (most > least || !open) {
        path.append('V').append(place(HEIGHT - (least - bottom) / range * HEIGHT));
      }
      open = true;
    }
    return path.toString();
  }

  private static String place(double at) {
    String digits = String.format(Locale.ROOT, "%.1f", at);
    return digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits;
  }
}
