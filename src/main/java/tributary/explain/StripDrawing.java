package tributary.explain;

import tributary.base.Png;

/** Shares alone, token after token: for kinds that have no drawing of their own. */
final class StripDrawing implements Drawing {
  /** Columns at most: as many as a page is wide, about. */
  private static final int COLUMNS = 960;

  private final Part part;

  StripDrawing(Part part) {
    this.part = part;
  }

  /** A tile per token; where there are more than columns, one for the largest of some. */
  static String strip(Part part) {
    int columns = Math.max(1, Math.min(COLUMNS, part.count()));
    int[] argb = new int[columns];
    double[] largest = new double[columns];
    for (int t = 0; t < part.count(); t++) {
      int column = (int) ((long) t * columns / part.count());
      largest[column] = Math.max(largest[column], part.shares()[t]);
    }
    for (int column = 0; column < columns; column++) {
      argb[column] = Scale.argb(largest[column], part.largest());
    }
    return "<img class=\"strip\" alt=\"A tile per token, the darker the larger its share\" src=\""
        + Png.uri(argb, columns, 1)
        + "\">";
  }

  /** What a strip leaves out; empty for nothing. */
  static String reduced(Part part) {
    return part.count() <= COLUMNS
        ? ""
        : "A column of the strip has the largest share of its %d to %d tokens. "
            .formatted(part.count() / COLUMNS, (part.count() + COLUMNS - 1) / COLUMNS);
  }

  @Override
  public String view() {
    return "line";
  }

  @Override
  public String html() {
    return "<div class=\"line\" tabindex=\"0\"><div class=\"rows\">"
        + strip(part)
        + "</div>"
        + Axis.of(part.count(), " tokens")
        + "</div>";
  }

  @Override
  public String token(int t) {
    return "";
  }

  @Override
  public String note() {
    return reduced(part);
  }
}
