package tributary.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A square of side 2 in the plane z = 1, in every format that is read. */
public final class Meshes {
  static final double[] VERTICES = {0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 2, 1};
  static final int[] CORNERS = {0, 1, 2, 0, 2, 3};

  static final String OBJ =
      """
      # made by hand
      mtllib a.mtl
      o square
      v 0 0 1
      v 2.0 0 1 1.0
      v 2 2e0 1 0.5 0.5 0.5
      v 0 2 1
      vt 0 0
      vn 0 0 1
      f 1/1/1 2//1 3/1 4
      """;

  static final String OFF =
      "OFF\n# a square\n4 1 0\n0 0 1\n2 0 1\n2 2 1\n0 2 1\n4 0 1 2 3 255 0 0\n";

  static final String STL =
      """
      solid vertex of a square
        facet normal 0 0 1
          outer loop
            vertex 0 0 1
            vertex 2 0 1
            vertex 2 2 1
          endloop
        endfacet
        facet normal nan nan nan
          outer loop
            vertex 0 0 1
            vertex 2 2 1
            vertex 0 2 1
          endloop
        endfacet
      endsolid vertex of a square
      """;

  static final String PLY =
      """
      ply
      format ascii 1.0
      comment by hand
      element material 1
      property float shininess
      property list uchar int names
      element vertex 4
      property uchar red
      property float x
      property double y
      property list uchar float more
      property short z
      element face 1
      property uchar flags
      property list uchar uint vertex_indices
      end_header
      0.5 2 7 8
      255 0 0 1 9 1
      255 2 0 0 1
      255 2 2 2 9 9 1
      255 0 2 0 1
      7 4 0 1 2 3
      """;

  private Meshes() {}

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** {@link #PLY}, binary. */
  static byte[] ply(ByteOrder order) {
    String coding = order == ByteOrder.BIG_ENDIAN ? "binary_big_endian" : "binary_little_endian";
    String header = PLY.substring(0, PLY.indexOf("end_header")) + "end_header\n";
    ByteBuffer to = ByteBuffer.allocate(4096).order(order);
    to.put(bytes(header.replace("ascii", coding)));
    to.putFloat(0.5f).put((byte) 2).putInt(7).putInt(8);
    for (int i = 0; i < 4; i++) {
      to.put((byte) 255).putFloat((float) VERTICES[3 * i]).putDouble(VERTICES[3 * i + 1]);
      to.put((byte) i);
      for (int more = 0; more < i; more++) {
        to.putFloat(9);
      }
      to.putShort((short) 1);
    }
    to.put((byte) 7).put((byte) 4).putInt(0).putInt(1).putInt(2).putInt(3);
    byte[] file = new byte[to.position()];
    to.flip().get(file);
    return file;
  }

  /** A binary STL whose header starts as given. */
  public static byte[] stl(String header, double... triangles) {
    ByteBuffer to =
        ByteBuffer.allocate(84 + triangles.length / 9 * 50).order(ByteOrder.LITTLE_ENDIAN);
    to.put(bytes(header)).position(80);
    to.putInt(triangles.length / 9);
    for (int i = 0; i < triangles.length; i += 9) {
      to.putFloat(0).putFloat(0).putFloat(1);
      for (int v = 0; v < 9; v++) {
        to.putFloat((float) triangles[i + v]);
      }
      to.putShort((short) 0);
    }
    return to.array();
  }

  /** The square as two triangles. */
  static byte[] square(String header) {
    return stl(header, 0, 0, 1, 2, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 2, 1);
  }
}
