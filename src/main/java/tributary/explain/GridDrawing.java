package tributary.explain;

import java.util.function.IntBinaryOperator;
import tributary.base.Png;
import tributary.model.ModalitySpec;
import tributary.tokenize.PerceiverPixels;
import tributary.tokenize.Tokenizer;

/**
 * A picture as the model saw it, and beside it a tile per patch with its share. Several canvases of
 * one record are in rows. Pixels are reduced until the page has room for them.
 */
final class GridDrawing implements Drawing {
  private final Part part;
  private final ModalitySpec.Image spec;
  private final float[] values; // [tokens, patch * patch * 3] in [-1, 1]
  private final int[] order; // of a canvas: the place of each token
  private final int side; // patches
  private final int across; // canvases of a row
  private final int down;
  private final String picture;
  private final double seconds; // from one canvas to the next; 0 where they are pictures
  private int every; // pixels of which one is drawn

  GridDrawing(Part part, ModalitySpec.Image spec, float[] values, int most) {
    this(part, spec, values, most, 0);
  }

  private GridDrawing(
      Part part, ModalitySpec.Image spec, float[] values, int most, double seconds) {
    this.part = part;
    this.seconds = seconds;
    this.spec = spec;
    this.values = values;
    this.order = Tokenizer.patches(spec);
    this.side = (spec.canvas() + spec.patch() - 1) / spec.patch();
    int canvases = (part.count() + order.length - 1) / order.length;
    this.across = (int) Math.max(1, Math.ceil(Math.sqrt(canvases)));
    this.down = Math.max(1, (canvases + across - 1) / across);
    this.every = 1;
    String drawn = picture(1);
    while (drawn.length() > most && every < spec.patch()) {
      drawn = picture(++every);
    }
    this.picture = drawn;
  }

  /** Published pixels are normalised by ImageNet's mean and deviation: shown as they were. */
  static GridDrawing of(Part part, ModalitySpec.Pixels spec, int most) {
    ModalitySpec.Image alone =
        new ModalitySpec.Image(spec.size(), 1, ModalitySpec.Image.Order.RASTER);
    return new GridDrawing(part, alone, PerceiverPixels.canvas(part.values()), most);
  }

  /** A canvas for each layer of a video: the first frame of its tokens. */
  static GridDrawing of(Part part, ModalitySpec.Video spec, int most) {
    int frame = spec.frame().channels();
    float[] values = part.values();
    float[] first = new float[part.count() * frame];
    for (int t = 0; t < part.count(); t++) {
      System.arraycopy(values, t * spec.channels(), first, t * frame, frame);
    }
    return new GridDrawing(part, spec.frame(), first, most, spec.frames() / spec.rate());
  }

  private interface Tile {
    /** The colour of pixel (x, y) of a token. */
    int argb(int token, int x, int y);
  }

  /** Tiles of size x size pixels. */
  private String tiles(int size, Tile tile) {
    int width = across * side * size;
    int[] argb = new int[width * down * side * size]; // transparent where there is no token
    for (int t = 0; t < part.count(); t++) {
      int left = column(t) * size;
      int top = row(t) * size;
      for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
          argb[(top + y) * width + left + x] = tile.argb(t, x, y);
        }
      }
    }
    return Png.uri(argb, width, down * side * size);
  }

  private int column(int t) {
    return t / order.length % across * side + order[t % order.length] % side;
  }

  private int row(int t) {
    return t / order.length / across * side + order[t % order.length] / side;
  }

  private String picture(int step) {
    int size = (spec.patch() + step - 1) / step;
    return tiles(
        size,
        (t, x, y) -> {
          int at = t * spec.channels() + (y * step * spec.patch() + x * step) * 3;
          IntBinaryOperator with = (sum, c) -> sum << 8 | level(values[at + c]);
          return with.applyAsInt(with.applyAsInt(with.applyAsInt(0xff, 0), 1), 2);
        });
  }

  private static int level(float value) {
    return (int) Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
  }

  @Override
  public String view() {
    return "grid";
  }

  @Override
  public String html() {
    double largest = part.largest();
    String heat = tiles(1, (t, x, y) -> Scale.argb(part.shares()[t], largest));
    boolean raster = spec.order() == ModalitySpec.Image.Order.RASTER;
    return "<div class=\"grids\" tabindex=\"0\" data-side=\"%d\" data-across=\"%d\" data-down=\"%d\"%s%s>"
            .formatted(
                side,
                across,
                down,
                raster ? "" : " data-places=\"" + Part.packed(order) + "\"",
                seconds > 0 ? " data-seconds=\"" + Scale.number(seconds) + "\"" : "")
        + grid(
            picture,
            seconds > 0 ? "The video as the model saw it" : "The picture as the model saw it",
            "what the model saw")
        + grid(heat, "A tile per patch, the darker the larger its share", "shares")
        + "</div>";
  }

  private static String grid(String uri, String alt, String caption) {
    return "<figure><div class=\"grid\"><img alt=\""
        + alt
        + "\" src=\""
        + uri
        + "\"></div><figcaption>"
        + caption
        + "</figcaption></figure>";
  }

  @Override
  public String token(int t) {
    int number = t / order.length;
    String canvas = across * down > 1 ? "picture " + (number + 1) + ", " : "";
    if (seconds > 0) {
      canvas = Scale.number(number * seconds) + " s, ";
    }
    int place = order[t % order.length];
    return canvas + "row " + (place / side + 1) + ", column " + (place % side + 1);
  }

  @Override
  public String note() {
    String patch =
        spec.patch() == 1
            ? "A token is a pixel"
            : "A token is a patch of %d x %d pixels".formatted(spec.patch(), spec.patch());
    String reduced =
        every == 1 ? "" : "; of every " + every + " x " + every + " pixels one is drawn";
    if (seconds > 0) {
      return patch
          + " in the frames of %s s, of which the first is drawn%s. Time goes on in rows."
              .formatted(Scale.number(seconds), reduced);
    }
    return patch + reduced + ". " + (across * down > 1 ? "Pictures are in rows." : "");
  }
}
