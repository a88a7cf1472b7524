package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * STL, binary or as text: triangles. A binary one is known by its size, which the number of its
 * triangles gives: its header may start with anything, `solid` too. Normals are passed over.
 */
final class Stl {
  private static final String FORMAT = "STL";
  private static final int COMMENT = 80;
  private static final int HEADER = COMMENT + Integer.BYTES;
  private static final int TRIANGLE = 50;
  private static final int NORMAL = 3 * Float.BYTES;
  private static final int CORNERS = 3;

  /** More of them are no STL's: 5 GB. */
  private static final long MOST = 100_000_000;

  private Stl() {}

  static boolean isBinary(byte[] file) {
    return file.length >= HEADER && size(triangles(file)) == file.length;
  }

  private static long size(long triangles) {
    return HEADER + TRIANGLE * triangles;
  }

  private static long triangles(byte[] file) {
    return buffer(file).getInt(COMMENT) & 0xffffffffL;
  }

  private static ByteBuffer buffer(byte[] file) {
    return ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
  }

  static Signal binary(byte[] file) {
    Surface surface = new Surface(FORMAT);
    ByteBuffer from = buffer(file);
    for (int at = HEADER; at < file.length; at += TRIANGLE) {
      int vertex = at + NORMAL;
      for (int corner = 0; corner < CORNERS; corner++) {
        surface.vertex(
            from.getFloat(vertex),
            from.getFloat(vertex + Float.BYTES),
            from.getFloat(vertex + 2 * Float.BYTES));
        vertex += CORNERS * Float.BYTES;
      }
      triangle(surface);
    }
    return surface.signal();
  }

  /** Of the last three vertices. */
  private static void triangle(Surface surface) {
    int n = surface.vertices();
    surface.triangle(n - 3, n - 2, n - 1);
  }

  /** What to say of a binary one that has another size than it should; null of all else. */
  static @Nullable Rejected cut(byte[] file) {
    if (file.length < HEADER || triangles(file) == 0 || triangles(file) > MOST) {
      return null;
    }
    for (int i = 0; i < COMMENT; i++) {
      if (file[i] != 0 && (file[i] < ' ' || file[i] > '~')) {
        return null;
      }
    }
    long triangles = triangles(file);
    return MeshReader.corrupt(
        FORMAT,
        String.format(
            Locale.ROOT,
            "%d triangles take %d bytes, it has %d",
            triangles,
            size(triangles),
            file.length));
  }

  static Signal text(byte[] file) {
    Surface surface = new Surface(FORMAT);
    Words words = new Words(file, 0);
    boolean open = false;
    int loop = 0;
    for (String word = words.next(); word != null; word = words.next()) {
      switch (word.toLowerCase(Locale.ROOT)) {
        case "solid" -> {
          open = true;
          words.skipLine();
        }
        case "endsolid" -> {
          open = false;
          words.skipLine();
        }
        case "facet", "outer", "loop", "endfacet" -> {}
        case "normal" -> {
          for (int i = 0; i < CORNERS; i++) {
            words.next();
          }
        }
        case "vertex" -> {
          vertex(words, surface);
          loop++;
        }
        case "endloop" -> {
          if (loop != CORNERS) {
            throw MeshReader.corrupt(FORMAT, "a facet has " + loop + " vertices, not 3");
          }
          triangle(surface);
          loop = 0;
        }
        default -> throw MeshReader.corrupt(FORMAT, Words.shown(word) + " is no word of it");
      }
    }
    if (open || loop > 0) {
      throw MeshReader.corrupt(FORMAT, "it ends before endsolid");
    }
    return surface.signal();
  }

  private static void vertex(Words words, Surface surface) {
    double[] xyz = new double[CORNERS];
    for (int d = 0; d < CORNERS; d++) {
      xyz[d] =
          Words.number(
              FORMAT, "coordinate " + d + " of vertex " + surface.vertices(), words.next());
    }
    surface.vertex(xyz[0], xyz[1], xyz[2]);
  }
}
