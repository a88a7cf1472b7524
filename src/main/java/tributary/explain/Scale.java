package tributary.explain;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * What colours mean: nine steps of ColorBrewer's OrRd (Brewer 2013), from a share of 0 to a
 * modality's largest. Each is darker than the one before it, in every theme: tiles are opaque.
 */
final class Scale {
  static final int[] COLOURS = {
    0xfff7ec, 0xfee8c8, 0xfdd49e, 0xfdbb84, 0xfc8d59, 0xef6548, 0xd7301f, 0xb30000, 0x7f0000
  };

  private Scale() {}

  /** The step of a share: 0 to 8. */
  static int step(double share, double largest) {
    return largest > 0
        ? (int) Math.max(0, Math.min(COLOURS.length - 1, share / largest * COLOURS.length))
        : 0;
  }

  /** The colour of a share, opaque. */
  static int argb(double share, double largest) {
    return 0xff000000 | COLOURS[step(share, largest)];
  }

  /** The class of a step in the page's style: a to i. */
  static char letter(int step) {
    return (char) ('a' + step);
  }

  /** The steps as rules, for tiles and for characters on them. */
  static String rules() {
    StringBuilder rules = new StringBuilder();
    for (int i = 0; i < COLOURS.length; i++) {
      rules.append(
          String.format(
              Locale.ROOT,
              ".%c{background:#%06x;color:%s}",
              letter(i),
              COLOURS[i],
              i < 5 ? "#1b1b1b" : "#fff"));
    }
    return rules.toString();
  }

  /** The scale of a modality with its numbers. */
  static String legend(double largest) {
    StringBuilder out = new StringBuilder("<div class=\"scale\" role=\"img\" aria-label=\"");
    out.append("Colours: the lightest is a share of 0 %, the darkest of ").append(percent(largest));
    out.append("\"><div>");
    for (int i = 0; i < COLOURS.length; i++) {
      out.append("<i class=").append(letter(i)).append("></i>");
    }
    out.append("</div><div class=\"axis\">");
    for (int third = 0; third <= 3; third++) {
      out.append(Axis.tick(third / 3.0, percent(largest * third / 3)));
    }
    return out.append("</div></div>").toString();
  }

  /** A share in percent with three digits. */
  static String percent(double share) {
    return number(100 * share) + " %";
  }

  /** A number with three digits at least and none that says nothing. */
  static String number(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : String.valueOf(value);
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(3, RoundingMode.HALF_EVEN));
    double size = Math.abs(value);
    if (size >= 1e7 || size < 1e-4) {
      return String.format(Locale.ROOT, "%.2e", value);
    }
    return rounded.stripTrailingZeros().toPlainString();
  }
}
