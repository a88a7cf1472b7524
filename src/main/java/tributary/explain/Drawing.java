package tributary.explain;

import tributary.model.ModalitySpec;

/**
 * How one modality looks: what is drawn, which view of the page's script reads values off it, and
 * what a token is in words.
 */
interface Drawing {
  /** The script's view: text, grid, line or cloud. */
  String view();

  /** Elements, complete in themselves. */
  String html();

  /** What a token is, such as `row 2, column 7`; plain text. */
  String token(int t);

  /** What is to be said below the drawing, plain text; empty for nothing. */
  default String note() {
    return "";
  }

  /**
   * The drawing that suits a kind; a strip of shares for a kind that has none of its own.
   *
   * @param most characters of pictures and curves, about
   */
  static Drawing of(Part part, int most) {
    ModalitySpec spec = part.spec();
    if (spec instanceof ModalitySpec.Text) {
      return new TextDrawing(part);
    }
    if (spec instanceof ModalitySpec.Image image) {
      return new GridDrawing(part, image, part.values(), most);
    }
    if (spec instanceof ModalitySpec.Pixels pixels) {
      return GridDrawing.of(part, pixels, most);
    }
    if (spec instanceof ModalitySpec.Video video) {
      return GridDrawing.of(part, video, most);
    }
    if (spec instanceof ModalitySpec.Audio audio) {
      return new SoundDrawing(part, audio, most);
    }
    if (spec instanceof ModalitySpec.Series series) {
      return new SeriesDrawing(part, series, most);
    }
    if (spec instanceof ModalitySpec.Points points && points.dimensions() > 1) {
      return new CloudDrawing(part, points, most);
    }
    return new StripDrawing(part);
  }
}
