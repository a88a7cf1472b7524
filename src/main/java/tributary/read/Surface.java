package tributary.read;

import java.util.Arrays;

/** Vertices and faces as a file gives them, to a signal. Lives in a task, used by one thread. */
final class Surface {
  private static final int CORNERS = 3;
  private static final int FIRST = 1 << 10;

  /** What an array holds at most. */
  private static final int MOST = Integer.MAX_VALUE - 8;

  private final String format;
  private double[] vertices = new double[FIRST];
  private int[] corners = new int[FIRST];
  private int vertexEnd;
  private int cornerEnd;

  /**
   * @param format for messages
   */
  Surface(String format) {
    this.format = format;
  }

  int vertices() {
    return vertexEnd / CORNERS;
  }

  /**
   * The next vertex.
   *
   * @throws Rejected NOT_FINITE for what no float holds
   */
  void vertex(double x, double y, double z) {
    if (!(isFloat(x) && isFloat(y) && isFloat(z))) {
      throw new Rejected(
          Rejected.Reason.NOT_FINITE,
          "Cannot read " + format + ": vertex " + vertices() + " is " + x + ", " + y + ", " + z);
    }
    if (vertexEnd + CORNERS > vertices.length) {
      vertices = Arrays.copyOf(vertices, grown(vertexEnd));
    }
    vertices[vertexEnd++] = x;
    vertices[vertexEnd++] = y;
    vertices[vertexEnd++] = z;
  }

  private static boolean isFloat(double value) {
    return Float.isFinite((float) value);
  }

  private int grown(int used) {
    if (used > MOST - CORNERS) {
      throw new Rejected(
          Rejected.Reason.PAYLOAD_TOO_LARGE,
          "Cannot read " + format + ": more than " + MOST / CORNERS + " vertices or triangles");
    }
    return (int) Math.min(MOST, Math.max(2L * used, used + (long) FIRST));
  }

  /** A face as a fan about its first corner; one of fewer than three corners has no area. */
  void face(int[] indices, int count) {
    for (int i = 2; i < count; i++) {
      triangle(indices[0], indices[i - 1], indices[i]);
    }
  }

  void triangle(int a, int b, int c) {
    if (cornerEnd + CORNERS > corners.length) {
      corners = Arrays.copyOf(corners, grown(cornerEnd));
    }
    corners[cornerEnd++] = a;
    corners[cornerEnd++] = b;
    corners[cornerEnd++] = c;
  }

  /**
   * Mesh or, where there are no faces, points.
   *
   * @throws Rejected CORRUPT_MESH where a face has a vertex that isn't there
   */
  Signal signal() {
    double[] found = Arrays.copyOf(vertices, vertexEnd);
    if (cornerEnd == 0) {
      return new Signal.Points(CORNERS, found);
    }
    for (int i = 0; i < cornerEnd; i++) {
      if (corners[i] < 0 || corners[i] >= vertices()) {
        throw MeshReader.corrupt(
            format, "a face has vertex " + corners[i] + " (from 0), and there are " + vertices());
      }
    }
    return new Signal.Mesh(found, Arrays.copyOf(corners, cornerEnd));
  }
}
