package tributary.read;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Geomview's OFF as text: vertices first, then faces, one a line. What is behind a vertex's three
 * coordinates (normals, colours: NOFF, COFF, STOFF) and behind a face's corners is passed over. The
 * counts may be on the header's line, even with no space between (as in ModelNet's files).
 */
final class Off {
  /** The first word of a file. */
  static final Pattern HEADER = Pattern.compile("(ST)?C?N?4?n?OFF\\d*");

  private static final String FORMAT = "OFF";
  private static final int COORDINATES = 3;

  /** Bytes of the shortest line: one digit, one end. */
  private static final int LEAST_FACE = 2;

  private static final int LEAST_VERTEX = 6;

  private final Words words;
  private final Surface surface = new Surface(FORMAT);

  private Off(byte[] file) {
    this.words = new Words(file, 0);
  }

  static Signal read(byte[] file) {
    return new Off(file).signal();
  }

  private Signal signal() {
    String[] counts = counts(line("header"));
    int vertices = count("vertices", counts[0], LEAST_VERTEX);
    int faces = count("faces", counts.length > 1 ? counts[1] : null, LEAST_FACE);
    for (int i = 0; i < vertices; i++) {
      vertex(line("vertex " + i + " of " + vertices), i);
    }
    for (int i = 0; i < faces; i++) {
      face(line("face " + i + " of " + faces), i);
    }
    return surface.signal();
  }

  /** The words of the counts, behind the header's word. */
  private String[] counts(String[] header) {
    int end = header[0].indexOf(FORMAT) + FORMAT.length();
    String kind = header[0].substring(0, end);
    if (kind.contains("4") || kind.contains("n")) {
      throw new Rejected(
          Rejected.Reason.UNKNOWN_FORMAT,
          "Cannot read OFF: it is " + kind + ", which has other than three dimensions");
    }
    String rest = (header[0].substring(end) + " " + behind(header)).strip();
    if (rest.startsWith("BINARY")) {
      throw new Rejected(
          Rejected.Reason.UNKNOWN_FORMAT, "Cannot read OFF: it is binary, which is not read");
    }
    return rest.isEmpty() ? line("counts") : rest.split(" ", -1);
  }

  private static String behind(String[] header) {
    StringBuilder rest = new StringBuilder();
    for (int i = 1; i < header.length; i++) {
      rest.append(header[i]).append(' ');
    }
    return rest.toString();
  }

  private int count(String what, @Nullable String word, int least) {
    int count = Words.whole(FORMAT, "the number of " + what, word);
    if (count < 0 || (long) count * least > words.left() + 1L) {
      throw MeshReader.corrupt(
          FORMAT, "it says " + count + " " + what + " in the " + words.left() + " bytes left");
    }
    return count;
  }

  private String[] line(String what) {
    String[] line = words.line();
    if (line == null) {
      throw MeshReader.corrupt(FORMAT, "it ends before " + what);
    }
    return line;
  }

  private void vertex(String[] line, int number) {
    double[] xyz = new double[COORDINATES];
    for (int d = 0; d < COORDINATES; d++) {
      xyz[d] =
          Words.number(
              FORMAT, "coordinate " + d + " of vertex " + number, d < line.length ? line[d] : null);
    }
    surface.vertex(xyz[0], xyz[1], xyz[2]);
  }

  private void face(String[] line, int number) {
    int corners = Words.whole(FORMAT, "the number of corners of face " + number, line[0]);
    if (corners < 0 || corners > line.length - 1) {
      throw MeshReader.corrupt(
          FORMAT,
          "face " + number + " has " + corners + " corners and " + (line.length - 1) + " numbers");
    }
    int[] indices = new int[corners];
    for (int i = 0; i < corners; i++) {
      indices[i] = Words.whole(FORMAT, "a corner of face " + number, line[i + 1]);
    }
    surface.face(indices, corners);
  }
}
