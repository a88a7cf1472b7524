package tributary.read;

/**
 * Exif's orientation: where the first row and the first column of what is stored are to be seen.
 *
 * <pre>
 * 1 top, left      as it is              5 left, top      mirrored along the main diagonal
 * 2 top, right     mirrored              6 right, top     turned clockwise by a quarter
 * 3 bottom, right  turned by a half      7 right, bottom  mirrored along the other diagonal
 * 4 bottom, left   upside down           8 left, bottom   turned anticlockwise by a quarter
 * </pre>
 */
final class Orientation {
  private Orientation() {}

  /** The picture as it is to be seen; itself where the orientation is 1 or none. */
  static Signal.Image turned(Signal.Image image, int orientation) {
    if (orientation < 2 || orientation > 8) {
      return image;
    }
    int width = image.width();
    int height = image.height();
    boolean fromRight =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean fromBottom =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int acrossStep = fromRight ? -1 : 1;
    int downStep = fromBottom ? -width : width;
    int first = (fromRight ? width - 1 : 0) + (fromBottom ? (height - 1) * width : 0);
    boolean swapped = orientation > 4;
    int wide = swapped ? height : width;
    int high = swapped ? width : height;
    int alongRow = swapped ? downStep : acrossStep;
    int alongColumn = swapped ? acrossStep : downStep;
    int[] argb = image.argb();
    int[] turned = new int[argb.length]; // [high, wide]
    for (int y = 0; y < high; y++) {
      int from = first + y * alongColumn;
      for (int x = 0; x < wide; x++, from += alongRow) {
        turned[y * wide + x] = argb[from];
      }
    }
    return new Signal.Image(wide, high, turned);
  }
}
