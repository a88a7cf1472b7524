package tributary.report;

import tributary.base.Html;
import tributary.base.Png;
import tributary.model.ModalitySpec;
import tributary.tokenize.PerceiverPixels;
import tributary.tokenize.Tokenizer;

/**
 * Tokens as three pictures beside each other: the original, what the model saw, and how it filled
 * in the rest. What is hidden is hatched in two greys, which no picture's own grey looks like.
 */
final class Trio {
  /** Pictures of one record beside each other. */
  private static final int CANVASES = 4;

  /** Columns of a spectrogram: longer ones show the first. */
  static final int FRAMES = 1000;

  /** Viridis (van der Walt and Smith 2015) at nine places: read alike by all eyes. */
  private static final int[] VIRIDIS = {
    0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725
  };

  /** A value's colour; hidden or absent ones have their own. */
  private interface Source {
    int argb(int token, int channel, int x, int y);
  }

  private Trio() {}

  static String picture(Reconstruction.Values of, ModalitySpec.Image spec) {
    return three(
        of,
        "",
        canvas(spec, of, (t, c, x, y) -> rgb(of.original(), t * spec.channels() + c)),
        canvas(
            spec,
            of,
            (t, c, x, y) ->
                of.visible()[t] ? rgb(of.original(), t * spec.channels() + c) : hatch(x, y)),
        canvas(
            spec,
            of,
            (t, c, x, y) ->
                rgb(
                    of.visible()[t] ? of.original() : of.reconstructed(),
                    t * spec.channels() + c)));
  }

  /** Published pixels are normalised by ImageNet's mean and deviation: shown as they were. */
  static String pixels(Reconstruction.Values of, ModalitySpec.Pixels spec) {
    ModalitySpec.Image alone =
        new ModalitySpec.Image(spec.size(), 1, ModalitySpec.Image.Order.RASTER);
    return picture(
        new Reconstruction.Values(
            of.modality(),
            of.caption(),
            alone,
            PerceiverPixels.canvas(of.original()),
            PerceiverPixels.canvas(of.reconstructed()),
            of.visible()),
        alone);
  }

  /** Time from left to right, the lowest band below; one scale for all three. */
  static String spectrogram(Reconstruction.Values of) {
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float value : of.original()) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    float from = low;
    float range = high > low ? high - low : 1;
    int bands = of.spec().channels();
    return three(
        of,
        " wide",
        frames(of, (t, c, x, y) -> heat((of.original()[t * bands + c] - from) / range)),
        frames(
            of,
            (t, c, x, y) ->
                of.visible()[t]
                    ? heat((of.original()[t * bands + c] - from) / range)
                    : hatch(x, y)),
        frames(of, (t, c, x, y) -> heat((of.shown(t * bands + c) - from) / range)));
  }

  private static String canvas(ModalitySpec.Image spec, Reconstruction of, Source source) {
    int[] places = Tokenizer.patches(spec);
    int side = (spec.canvas() + spec.patch() - 1) / spec.patch() * spec.patch();
    int tokens = Math.min(of.visible().length, CANVASES * places.length);
    int width = side * Math.max(1, (tokens + places.length - 1) / places.length);
    int[] argb = new int[side * width];
    for (int t = 0; t < tokens; t++) {
      int place = places[t % places.length];
      int grid = side / spec.patch();
      int left = t / places.length * side + place % grid * spec.patch();
      int top = place / grid * spec.patch();
      for (int i = 0; i < spec.patch() * spec.patch(); i++) {
        int x = left + i % spec.patch();
        int y = top + i / spec.patch();
        argb[y * width + x] = source.argb(t, 3 * i, x, y);
      }
    }
    return Png.uri(argb, width, side);
  }

  private static String frames(Reconstruction.Values of, Source source) {
    int bands = of.spec().channels();
    int width = Math.min(of.visible().length, FRAMES);
    int[] argb = new int[width * bands];
    for (int i = 0; i < argb.length; i++) {
      int y = i / width;
      argb[i] = source.argb(i % width, bands - 1 - y, i % width, y);
    }
    return Png.uri(argb, width, bands);
  }

  private static String three(Reconstruction of, String kind, String... uris) {
    StringBuilder out = new StringBuilder("<div class=\"trio" + kind + "\">");
    String[] names = {"original", "what the model saw", "reconstruction"};
    for (int i = 0; i < uris.length; i++) {
      String about = of.modality() + " of " + of.caption() + ": " + names[i];
      out.append("<figure><img alt=\"").append(Html.escaped(about)).append("\" src=\"");
      out.append(uris[i]).append("\"><figcaption>").append(names[i]).append("</figcaption>");
      out.append("</figure>");
    }
    return out.append("</div>").toString();
  }

  private static int rgb(float[] values, int at) {
    return 0xff000000
        | level(values[at]) << 16
        | level(values[at + 1]) << 8
        | level(values[at + 2]);
  }

  private static int level(float value) {
    return Math.max(0, Math.min(255, Math.round((value + 1) * 127.5f)));
  }

  private static int hatch(int x, int y) {
    return (x + y) / 2 % 2 == 0 ? 0xff8c8c8c : 0xffa4a4a4;
  }

  /** 0 to 1 to a colour, between two of the nine linearly; what isn't finite is transparent. */
  private static int heat(float value) {
    if (!Float.isFinite(value)) {
      return 0;
    }
    float at = Math.max(0, Math.min(1, value)) * (VIRIDIS.length - 1);
    int i = Math.min((int) at, VIRIDIS.length - 2);
    int argb = 0xff;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int below = VIRIDIS[i] >> shift & 0xff;
      int above = VIRIDIS[i + 1] >> shift & 0xff;
      argb = argb << 8 | Math.round(below + (above - below) * (at - i));
    }
    return argb;
  }
}
