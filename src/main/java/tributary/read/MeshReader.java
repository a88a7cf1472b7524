package tributary.read;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of a mesh, or of points in space, to a signal: PLY, STL, OFF and OBJ, by their first
 * bytes; a file's name says nothing. Faces of more than three corners become fans of triangles; a
 * file that has vertices and no faces is a cloud of points. Colours, normals, textures and
 * materials are passed over.
 *
 * <p>What a header claims is checked against the bytes that there are before anything is allocated.
 */
public final class MeshReader {
  static final String WHAT = "points";

  /** How far a text that is not read is looked at for what it is. */
  private static final int HEAD = 1 << 12;

  /** Texts by what they contain near their start. */
  private static final Map<String, String> TEXTS =
      Map.of("<COLLADA", "COLLADA (DAE)", "<X3D", "X3D", "\"asset\"", "glTF");

  private MeshReader() {}

  /**
   * The surface of a mesh, or points.
   *
   * @throws Rejected EMPTY_PAYLOAD, UNKNOWN_FORMAT, CORRUPT_MESH, NOT_FINITE
   */
  public static Signal read(byte[] file) {
    if (file.length == 0) {
      throw new Rejected(Rejected.Reason.EMPTY_PAYLOAD, "Cannot read points: it has 0 bytes");
    }
    if (Ply.isOne(file)) {
      return Ply.read(file);
    }
    if (Stl.isBinary(file)) {
      return Stl.binary(file);
    }
    String first = firstWord(file);
    if (Off.HEADER.matcher(first).matches()) {
      return Off.read(file);
    }
    if (first.equalsIgnoreCase("solid")) {
      return Stl.text(file);
    }
    String name = named(file);
    if (name == null && Obj.isOne(file)) {
      return Obj.read(file);
    }
    throw refused(file, name);
  }

  /** Of the first line that is no comment; empty where there is none. */
  private static String firstWord(byte[] file) {
    String[] line = new Words(file, 0).line();
    return line == null ? "" : line[0];
  }

  private static @Nullable String named(byte[] file) {
    String head = new String(file, 0, Math.min(file.length, HEAD), StandardCharsets.ISO_8859_1);
    if (head.stripLeading().startsWith("<") || head.stripLeading().startsWith("{")) {
      for (Map.Entry<String, String> text : TEXTS.entrySet()) {
        if (head.contains(text.getKey())) {
          return text.getValue();
        }
      }
    }
    return Signatures.name(file);
  }

  private static Rejected refused(byte[] file, @Nullable String name) {
    if (name != null) {
      return unread("it is " + name + ", which is not read");
    }
    Rejected cut = Stl.cut(file);
    if (cut != null) {
      return cut;
    }
    if (isNumbers(file)) {
      return unread(
          "it is a text of numbers (XYZ, PTS, CSV), which is not read;"
              + " array<array<double>> is");
    }
    return Format.sniff(WHAT, file).misplaced(WHAT);
  }

  private static Rejected unread(String why) {
    return new Rejected(Rejected.Reason.UNKNOWN_FORMAT, "Cannot read points: " + why);
  }

  private static boolean isNumbers(byte[] file) {
    String[] line = new Words(file, 0).line();
    String[] words =
        line == null ? new String[0] : String.join(" ", line).strip().split("[\\s,;]+", -1);
    return words.length >= Medium.SPACE && Arrays.stream(words).allMatch(Words::isNumber);
  }

  static Rejected corrupt(String format, String why) {
    return new Rejected(
        Rejected.Reason.CORRUPT_MESH,
        String.format(Locale.ROOT, "Cannot read %s: %s", format, why));
  }
}
