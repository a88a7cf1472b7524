package tributary.explain;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tributary.base.Png;
import tributary.model.ModalitySpec;

/**
 * Points in projections on two axes each, alike in scale, the largest shares on top: x and y, and
 * with three dimensions x and z, y and z. Of more dimensions the first three are drawn.
 */
final class CloudDrawing implements Drawing {
  private static final String AXES = "xyz";
  private static final int PANEL = 0xffd9dde2;

  /** Pixels of a side, the first that the page has room for. */
  private static final int[] SIDES = {480, 360, 240, 160};

  private static final double MARGIN = 0.04;

  private final Part part;
  private final int dimensions; // drawn
  private final double[] low; // of each dimension, where its axis begins
  private final double extent; // of every axis
  private final int[][] places; // [dimensions][tokens] from 0 to 65535
  private final float[] values;
  private final int width;
  private final int most;
  private final ModalitySpec.Points spec;
  private final int[] points; // the tokens that are points, not a cell's scale

  CloudDrawing(Part part, ModalitySpec.Points spec, int most) {
    this.part = part;
    this.most = most;
    this.dimensions = Math.min(3, spec.dimensions());
    this.values = part.values();
    this.width = values.length / Math.max(1, part.count());
    this.spec = spec;
    this.points = IntStream.range(0, part.count()).filter(t -> !spec.isScale(values, t)).toArray();
    double[] centre = new double[dimensions];
    double widest = 0;
    for (int d = 0; d < dimensions; d++) {
      double least = points.length == 0 ? 0 : Double.POSITIVE_INFINITY;
      double greatest = points.length == 0 ? 0 : Double.NEGATIVE_INFINITY;
      for (int t : points) {
        least = Math.min(least, values[t * width + d]);
        greatest = Math.max(greatest, values[t * width + d]);
      }
      centre[d] = least / 2 + greatest / 2;
      widest = Math.max(widest, greatest - least);
    }
    this.extent = (widest > 0 ? widest : 1) * (1 + 2 * MARGIN);
    this.low = Arrays.stream(centre).map(c -> c - extent / 2).toArray();
    this.places = new int[dimensions][part.count()];
    for (int d = 0; d < dimensions; d++) {
      for (int t : points) {
        places[d][t] = (int) Math.round((values[t * width + d] - low[d]) / extent * 65535);
      }
    }
  }

  @Override
  public String view() {
    return "cloud";
  }

  @Override
  public String html() {
    StringBuilder out = new StringBuilder("<div class=\"cloud\" tabindex=\"0\"");
    for (int d = 0; d < dimensions; d++) {
      out.append(" data-c%d=\"%s\"".formatted(d, Part.packed(places[d])));
    }
    String scales =
        IntStream.range(0, part.count())
            .filter(t -> spec.isScale(values, t))
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(","));
    out.append(" data-scales=\"[").append(scales).append("]\"");
    out.append(" data-extent=\"").append(extent).append("\" data-low=\"");
    out.append(Arrays.toString(low)).append("\">");
    for (int side : SIDES) {
      StringBuilder planes = new StringBuilder();
      for (int x = 0; x < dimensions; x++) {
        for (int y = x + 1; y < dimensions; y++) {
          planes.append(plane(x, y, side));
        }
      }
      if (planes.length() <= most || side == SIDES[SIDES.length - 1]) {
        return out.append(planes).append("</div>").toString();
      }
    }
    throw new IllegalStateException("Cannot draw points: no side");
  }

  private String plane(int x, int y, int side) {
    String name = AXES.charAt(x) + " and " + AXES.charAt(y);
    return "<figure><div class=\"row\"><div class=\"plane\" data-x=\"%d\" data-y=\"%d\">"
            .formatted(x, y)
        + "<img alt=\"The points on the axes "
        + name
        + ", the darker the larger the share\" src=\""
        + Png.uri(drawn(x, y, side), side, side)
        + "\"></div><u>"
        + (AXES.charAt(y) + " = " + Scale.number(low[y] + extent))
        + "</u><s>"
        + (AXES.charAt(y) + " = " + Scale.number(low[y]))
        + "</s></div><div class=\"axis\">"
        + Axis.tick(0, AXES.charAt(x) + " = " + Scale.number(low[x]))
        + Axis.tick(1, Scale.number(low[x] + extent))
        + "</div><figcaption>"
        + name
        + "</figcaption></figure>";
  }

  /** Dots of a radius by their number, the largest share last. */
  private int[] drawn(int x, int y, int side) {
    int[] argb = new int[side * side];
    Arrays.fill(argb, PANEL);
    double radius = side * (part.count() > 3000 ? 0.004 : part.count() > 300 ? 0.007 : 0.012);
    int[] order =
        Arrays.stream(points)
            .boxed()
            .sorted(Comparator.comparingDouble(t -> part.shares()[t]))
            .mapToInt(Integer::intValue)
            .toArray();
    double largest = part.largest();
    for (int t : order) {
      double left = places[x][t] / 65535.0 * side;
      double top = side - places[y][t] / 65535.0 * side;
      int colour = Scale.argb(part.shares()[t], largest);
      for (int i = (int) (top - radius); i <= top + radius; i++) {
        for (int j = (int) (left - radius); j <= left + radius; j++) {
          boolean inside = Math.hypot(j + 0.5 - left, i + 0.5 - top) <= radius + 0.3;
          if (inside && i >= 0 && i < side && j >= 0 && j < side) {
            argb[i * side + j] = colour;
          }
        }
      }
    }
    return argb;
  }

  @Override
  public String token(int t) {
    if (spec.isScale(values, t)) {
      return "centre and size of a cell";
    }
    StringBuilder out = new StringBuilder("(");
    for (int d = 0; d < dimensions; d++) {
      out.append(d == 0 ? "" : ", ").append(Scale.number(values[t * width + d]));
    }
    return out.append(')').toString();
  }

  @Override
  public String note() {
    String scaled =
        spec.scaled()
            ? " Coordinates are about the mean of their cell, in its radii, as the model saw them; a"
                + " token before each cell's holds both and is no point."
            : "";
    String left =
        spec.dimensions() > 3
            ? " The first three of %d dimensions are drawn.".formatted(spec.dimensions())
            : "";
    return "All axes have one scale; what has the larger share is on top." + scaled + left;
  }
}
