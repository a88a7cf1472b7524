package tributary.read;

import java.util.Set;

/** Wavefront OBJ: its vertices (`v`) and faces (`f`); a negative index counts from the last. */
final class Obj {
  private static final String FORMAT = "OBJ";
  private static final int COORDINATES = 3;

  /** Statements that have no part in the surface, or are of curved ones. */
  private static final Set<String> OTHERS =
      Set.of(
          "vt",
          "vn",
          "vp",
          "l",
          "p",
          "o",
          "g",
          "s",
          "mg",
          "mtllib",
          "usemtl",
          "usemap",
          "maplib",
          "bevel",
          "c_interp",
          "d_interp",
          "lod",
          "shadow_obj",
          "trace_obj",
          "cstype",
          "deg",
          "bmat",
          "step",
          "curv",
          "curv2",
          "surf",
          "parm",
          "trim",
          "hole",
          "scrv",
          "sp",
          "end",
          "con",
          "ctech",
          "stech",
          "call",
          "csh",
          "bsp",
          "bzp",
          "cdc",
          "cdp",
          "res",
          "fo");

  private Obj() {}

  /** Whether its first statements are those of an OBJ, up to the first vertex. */
  static boolean isOne(byte[] file) {
    Words words = new Words(file, 0);
    for (String[] line = words.line(); line != null; line = words.line()) {
      if (line[0].equals("v")) {
        return line.length > COORDINATES && Words.isNumber(line[1]);
      }
      if (!OTHERS.contains(line[0])) {
        return false;
      }
    }
    return false;
  }

  static Signal read(byte[] file) {
    Surface surface = new Surface(FORMAT);
    Words words = new Words(file, 0);
    for (String[] line = words.line(); line != null; line = words.line()) {
      if (line[0].equals("v")) {
        vertex(line, surface);
      } else if (line[0].equals("f")) {
        face(line, surface);
      } else if (!OTHERS.contains(line[0])) {
        throw MeshReader.corrupt(FORMAT, "a line starts with " + Words.shown(line[0]));
      }
    }
    return surface.signal();
  }

  private static void vertex(String[] line, Surface surface) {
    double[] xyz = new double[COORDINATES];
    for (int d = 0; d < COORDINATES; d++) {
      String word = d + 1 < line.length ? line[d + 1] : null;
      xyz[d] = Words.number(FORMAT, "coordinate " + d + " of vertex " + surface.vertices(), word);
    }
    surface.vertex(xyz[0], xyz[1], xyz[2]);
  }

  /** A corner is v, v/vt, v//vn or v/vt/vn. */
  private static void face(String[] line, Surface surface) {
    int[] corners = new int[line.length - 1];
    for (int i = 0; i < corners.length; i++) {
      String corner = line[i + 1];
      int slash = corner.indexOf('/');
      int index =
          Words.whole(
              FORMAT, "the vertex of a face", slash < 0 ? corner : corner.substring(0, slash));
      if (index == 0 || index < -surface.vertices()) {
        throw MeshReader.corrupt(
            FORMAT,
            "a face has vertex " + index + " (from 1), and so far there are " + surface.vertices());
      }
      corners[i] = index > 0 ? index - 1 : surface.vertices() + index;
    }
    surface.face(corners, corners.length);
  }
}
