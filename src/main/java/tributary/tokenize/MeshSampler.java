package tributary.tokenize;

import tributary.base.Philox;
import tributary.read.Rejected;
import tributary.read.Signal;

/**
 * Points on the surface of a mesh, evenly by area: point i of n is in the i-th of n equal parts of
 * the area, triangle after triangle, at a random place there, and within its triangle at random
 * barycentric coordinates. The random numbers are {@link Philox} of (seed, i): a file gives the
 * same points always.
 */
final class MeshSampler {
  private static final int CORNERS = 3;
  private static final double UNIT = 0x1p-53;

  private MeshSampler() {}

  /**
   * The points; none of a mesh without triangles.
   *
   * @throws Rejected CORRUPT_MESH where the triangles have no area
   */
  static Signal.Points points(Signal.Mesh mesh, int count, int seed) {
    int triangles = mesh.corners().length / CORNERS;
    if (triangles == 0) {
      return new Signal.Points(CORNERS, new double[0]);
    }
    double[] behind = areas(mesh, triangles);
    double area = behind[triangles - 1];
    if (!(area > 0)) {
      throw new Rejected(
          Rejected.Reason.CORRUPT_MESH,
          "Cannot draw points of the mesh: its " + triangles + " triangles have no area");
    }
    double[] points = new double[count * CORNERS]; // [count, 3]
    int triangle = 0;
    for (int i = 0; i < count; i++) {
      Philox.Block random = Philox.block(i, 0, seed);
      double place = (i + (random.low() >>> 11) * UNIT) / count * area;
      while (behind[triangle] <= place && behind[triangle] < area) {
        triangle++;
      }
      double u = (random.high() >>> 32) * 0x1p-32;
      double v = (random.high() & 0xffffffffL) * 0x1p-32;
      write(mesh, triangle, u, v, points, i * CORNERS);
    }
    return new Signal.Points(CORNERS, points);
  }

  /** [triangles] area up to the end of each, in twice its unit. */
  private static double[] areas(Signal.Mesh mesh, int triangles) {
    double[] behind = new double[triangles];
    double sum = 0;
    for (int t = 0; t < triangles; t++) {
      sum += area(mesh, t * CORNERS);
      behind[t] = sum;
    }
    return behind;
  }

  private static double area(Signal.Mesh mesh, int at) {
    double[] v = mesh.vertices();
    int a = mesh.corners()[at] * CORNERS;
    int b = mesh.corners()[at + 1] * CORNERS;
    int c = mesh.corners()[at + 2] * CORNERS;
    double x =
        cross(v[b + 1] - v[a + 1], v[b + 2] - v[a + 2], v[c + 1] - v[a + 1], v[c + 2] - v[a + 2]);
    double y = cross(v[b + 2] - v[a + 2], v[b] - v[a], v[c + 2] - v[a + 2], v[c] - v[a]);
    double z = cross(v[b] - v[a], v[b + 1] - v[a + 1], v[c] - v[a], v[c + 1] - v[a + 1]);
    return Math.sqrt(x * x + y * y + z * z);
  }

  private static double cross(double a, double b, double c, double d) {
    return a * d - b * c;
  }

  /** Beyond the diagonal of the parallelogram the point is turned back into the triangle. */
  private static void write(
      Signal.Mesh mesh, int triangle, double u, double v, double[] to, int at) {
    double second = u + v > 1 ? 1 - u : u;
    double third = u + v > 1 ? 1 - v : v;
    double[] vertices = mesh.vertices();
    int a = mesh.corners()[triangle * CORNERS] * CORNERS;
    int b = mesh.corners()[triangle * CORNERS + 1] * CORNERS;
    int c = mesh.corners()[triangle * CORNERS + 2] * CORNERS;
    for (int d = 0; d < CORNERS; d++) {
      double from = vertices[a + d];
      to[at + d] = from + second * (vertices[b + d] - from) + third * (vertices[c + d] - from);
    }
  }
}
