package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;
import static tributary.read.Meshes.CORNERS;
import static tributary.read.Meshes.VERTICES;
import static tributary.read.Meshes.bytes;
import static tributary.read.Rejections.rejected;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.read.Rejected.Reason;

class MeshReaderTest {
  private static final List<byte[]> FILES =
      List.of(
          bytes(Meshes.OBJ),
          bytes(Meshes.OFF),
          bytes(Meshes.STL),
          bytes(Meshes.PLY),
          Meshes.ply(ByteOrder.LITTLE_ENDIAN),
          Meshes.ply(ByteOrder.BIG_ENDIAN),
          Meshes.square("by hand"),
          Meshes.square("solid by hand"));

  /** The triangles' corners, one after the other: [triangles, 3, 3]. */
  private static double[] triangles(byte[] file) {
    Signal.Mesh mesh = (Signal.Mesh) MeshReader.read(file);
    double[] all = new double[mesh.corners().length * 3];
    for (int i = 0; i < all.length; i++) {
      all[i] = mesh.vertices()[mesh.corners()[i / 3] * 3 + i % 3];
    }
    return all;
  }

  private static double[] square() {
    double[] all = new double[CORNERS.length * 3];
    Arrays.setAll(all, i -> VERTICES[CORNERS[i / 3] * 3 + i % 3]);
    return all;
  }

  private static double[] points(String text) {
    return ((Signal.Points) MeshReader.read(bytes(text))).coordinates();
  }

  @Test
  void theSameSquareInEveryFormat() {
    for (byte[] file : FILES) {
      assertThat(triangles(file)).as(new String(file, 0, 20)).isEqualTo(square());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\r"})
  void linesMayEndAsOnWindowsAndOldMacs(String end) {
    for (String text : List.of(Meshes.OBJ, Meshes.OFF, Meshes.STL, Meshes.PLY)) {
      assertThat(triangles(bytes(text.replace("\n", end)))).isEqualTo(square());
    }
    byte[] ply = Meshes.ply(ByteOrder.BIG_ENDIAN);
    int header =
        new String(ply, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("end_header\n") + 11;
    byte[] head =
        bytes(
            new String(ply, 0, header, java.nio.charset.StandardCharsets.ISO_8859_1)
                .replace("\n", end));
    byte[] whole = Arrays.copyOf(head, head.length + ply.length - header);
    System.arraycopy(ply, header, whole, head.length, ply.length - header);
    assertThat(triangles(whole)).isEqualTo(square());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v 0 0 1\nv 2 0 1\nv 2 2 1\nv 0 2 1\nf -4 -3 -2 -1\nv 9 9 9\n",
        "g a#1\nv 0 0 1\nv 2 0 1\nv 2 2 1\nv 0 2 1\nf 1 2 \\\n 3 4",
        "v 0 0 1\nv 2 0 1\nv 2 2 1\nv 0 2 1\nf 1 1\nf 1 2 3\nf 1 3 4\n",
        "\u00ef\u00bb\u00bfv 0 0 1\r\nv 2 0 1\r\nv 2 2 1\r\nv 0 2 1\r\nf 1 2 3 4",
        "OFF4 1 0\n0 0 1\n2 0 1\n2 2 1\n0 2 1\n4 0 1 2 3\n",
        "OFF 4 2\n0 0 1\n2 0 1\n2 2 1\n0 2 1\n3 0 1 2\n3 0 2 3",
        "# first\nCOFF\n4 1 0\n0 0 1 9 9 9 9\n2 0 1 9 9 9 9\n2 2 1 9 9 9 9\n0 2 1 9 9 9 9\n4 0 1 2 3\n",
        "NOFF\n4 1 0\n0 0 1 0 0 1\n2 0 1 0 0 1\n2 2 1 0 0 1\n0 2 1 0 0 1\n4 0 1 2 3\n",
        "ply\nformat ascii 1.0\nelement face 2\nproperty list int float vertex_index\nelement vertex 4\n"
            + "property float x\nproperty float y\nproperty float z\nend_header\n"
            + "3 0 1 2\n3 0 2 3\n0 0 1\n2 0 1\n2 2 1\n0 2 1",
      })
  void theSameSquareInOtherWords(String text) {
    assertThat(triangles(bytes(text))).isEqualTo(square());
  }

  @Test
  void stripsOfTriangles() {
    String text =
        "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
            + "element tristrips 1\nproperty list int int vertex_indices\nend_header\n"
            + "0 0 1\n2 0 1\n0 2 1\n2 2 1\n8 0 1 2 3 -1 3 1 0\n";
    Signal.Mesh mesh = (Signal.Mesh) MeshReader.read(bytes(text));
    assertThat(mesh.corners()).containsExactly(0, 1, 2, 1, 2, 3, 3, 1, 0);
  }

  @Test
  void verticesWithoutFacesArePointsAsTheyAre() {
    String ply =
        "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\n"
            + "property uchar red\nend_header\n0.1 2 3 255\n4 5 6 0\n";
    assertThat(points(ply)).containsExactly(0.1, 2, 3, 4, 5, 6);
    assertThat(points("v 1 2 3\nv 4 5 6\n")).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(points("OFF\n1 0 0\n1 2 3\n")).containsExactly(1, 2, 3);
    assertThat(
            points(
                ply.replace("vertex 2", "vertex 0")
                    .replaceAll("end_header\n[^$]*", "end_header\n")))
        .isEmpty();
    assertThat(((Signal.Points) MeshReader.read(Meshes.stl("empty"))).coordinates()).isEmpty();
    assertThat(points("solid a\nendsolid a\n")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v 1 2 3;f 1 2 3|CORRUPT_MESH|Cannot read OBJ: a face has vertex 1 (from 0), and there are 1",
        "v 1 2 3;f -2 1 1|CORRUPT_MESH|Cannot read OBJ: a face has vertex -2 (from 1), and so far there are 1",
        "v 1 2 3;f 0 1 1|CORRUPT_MESH|Cannot read OBJ: a face has vertex 0 (from 1), and so far there are 1",
        "v 1 2 3;f a 1 1|CORRUPT_MESH|Cannot read OBJ: the vertex of a face is \"a\", no whole number",
        "v 1 2|UNKNOWN_FORMAT|Cannot read points: its 5 bytes begin as no known format does",
        "v 1 2 3;v 1,5 2 3|CORRUPT_MESH|Cannot read OBJ: coordinate 0 of vertex 1 is \"1,5\", no number",
        "v 1 2 3;v 1 2|CORRUPT_MESH|Cannot read OBJ: coordinate 2 of vertex 1 is missing, no number",
        "v 1 2 3;v 0x1 2 3|CORRUPT_MESH|Cannot read OBJ: coordinate 0 of vertex 1 is \"0x1\", no number",
        "v 1 2 3;v 1 -nan(ind) 3|NOT_FINITE|Cannot read OBJ: vertex 1 is 1.0, NaN, 3.0",
        "v 1 2 3;v 1 1e39 3|NOT_FINITE|Cannot read OBJ: vertex 1 is 1.0, 1.0E39, 3.0",
        "v 1 2 3;w 1 2 3|CORRUPT_MESH|Cannot read OBJ: a line starts with \"w\"",
        "OFF;2 1 0;0 0 0|CORRUPT_MESH|Cannot read OFF: it says 2 vertices in the 5 bytes left",
        "OFF;999999999 1 0;0 0 0|CORRUPT_MESH|Cannot read OFF: it says 999999999 vertices in the 5 bytes left",
        "OFF;1 1 0;0 0 0;3 0 1|CORRUPT_MESH|Cannot read OFF: face 0 has 3 corners and 2 numbers",
        "OFF;1 1 0;0 0 0;3 0 0 1|CORRUPT_MESH|Cannot read OFF: a face has vertex 1 (from 0), and there are 1",
        "OFF;1 2 0;0 0 0;1 0|CORRUPT_MESH|Cannot read OFF: it ends before face 1 of 2",
        "4OFF;1 1 0|UNKNOWN_FORMAT|Cannot read OFF: it is 4OFF, which has other than three dimensions",
        "OFF BINARY;abc|UNKNOWN_FORMAT|Cannot read OFF: it is binary, which is not read",
        "solid a;facet normal 0 0 1;outer loop;vertex 0 0 0|CORRUPT_MESH|Cannot read STL: it ends before endsolid",
        "solid a;vertex 1 2 3;endloop|CORRUPT_MESH|Cannot read STL: a facet has 1 vertices, not 3",
        "solid a;vertex 1 2 x|CORRUPT_MESH|Cannot read STL: coordinate 2 of vertex 0 is \"x\", no number",
        "solid a;facet;blah|CORRUPT_MESH|Cannot read STL: \"blah\" is no word of it",
        "ply;format ascii 1.0;element vertex 1|CORRUPT_MESH|Cannot read PLY: its header has no end_header",
        "ply;format ascii 1.0;element vertex 9000000000000000000;property float x;property float y;property float z;end_header;1|CORRUPT_MESH|Cannot read PLY: it says 9000000000000000000 of element \"vertex\" in the 1 bytes left",
        "ply;format ascii 1.0;element vertex -1|CORRUPT_MESH|Cannot read PLY: the number of element \"vertex\" is \"-1\"",
        "ply;format ascii 1.0;element vertex 1;property half x;end_header|CORRUPT_MESH|Cannot read PLY: its header has a type \"half\"",
        "ply;format ascii 1.0;element vertex 1;property int x;property int y;end_header;1 2|CORRUPT_MESH|Cannot read PLY: its vertices have no z",
        "ply;format ebcdic 1.0;end_header|CORRUPT_MESH|Cannot read PLY: its header has a format \"ebcdic\"",
        "ply;format ascii 1.0;property int x|CORRUPT_MESH|Cannot read PLY: its header has a property of no element",
        "ply;format ascii 1.0;element face 1;property list int int vertex_indices;end_header;900 1 2|CORRUPT_MESH|Cannot read PLY: a list has 900 numbers in the 4 bytes left",
        "1 2 3;4 5 6|UNKNOWN_FORMAT|Cannot read points: it is a text of numbers (XYZ, PTS, CSV), which is not read; array<array<double>> is",
        "{\"asset\": {\"version\": \"2.0\"}}|UNKNOWN_FORMAT|Cannot read points: it is glTF, which is not read",
        "<?xml version=\"1.0\"?><COLLADA>|UNKNOWN_FORMAT|Cannot read points: it is COLLADA (DAE), which is not read",
        "# .PCD v0.7|UNKNOWN_FORMAT|Cannot read points: it is PCD, which is not read",
        "GIF89a|UNKNOWN_FORMAT|Cannot read points: it is GIF",
      })
  void whatIsWrongIsNamed(String text, Reason reason, String detail) {
    String file = text.replace(";", "\n");

    rejected(() -> MeshReader.read(bytes(file)), reason, detail);
  }

  @Test
  void stlOfAnotherSizeAndWhatIsNoMesh() {
    byte[] file = Meshes.square("by hand");
    rejected(
        () -> MeshReader.read(Arrays.copyOf(file, 150)),
        Reason.CORRUPT_MESH,
        "Cannot read STL: 2 triangles take 184 bytes, it has 150");
    byte[] solid = Arrays.copyOf(Meshes.square("solid by hand"), 150);
    rejected(
        () -> MeshReader.read(solid),
        Reason.CORRUPT_MESH,
        "Cannot read STL: 2 triangles take 184 bytes, it has 150");
    rejected(
        () -> MeshReader.read(new byte[0]),
        Reason.EMPTY_PAYLOAD,
        "Cannot read points: it has 0 bytes");
    double[] broken = new double[9];
    broken[4] = Double.NaN;
    rejected(
        () -> MeshReader.read(Meshes.stl("", broken)),
        Reason.NOT_FINITE,
        "Cannot read STL: vertex 1 is 0.0, NaN, 0.0");
  }

  /** Cut and with bits turned over, a file is a mesh, points, or rejected: nothing else comes. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void whateverIsBrokenIsRejected(int kind) {
    byte[] whole = FILES.get(kind);
    Random random = new Random(kind);
    int rejections = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] file = Arrays.copyOf(whole, i % 2 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int flips = i % 4; flips > 0 && file.length > 0; flips--) {
        file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        Signal signal = MeshReader.read(file);
        assertThat(signal).isInstanceOfAny(Signal.Mesh.class, Signal.Points.class);
      } catch (Rejected e) {
        assertThat(e.detail()).isNotBlank().hasSizeLessThan(300);
        rejections++;
      }
    }
    assertThat(rejections).isGreaterThan(1000);
  }

  /** No prefix of a file passes for the whole. */
  @Test
  void aCutFileIsNeverASmallerMesh() {
    for (byte[] file : FILES.subList(2, FILES.size())) {
      boolean named = Arrays.equals(file, bytes(Meshes.STL)); // its last line ends in a name
      int last = named ? Meshes.STL.indexOf("endsolid") : file.length - 3;
      for (int end = 0; end < last; end++) {
        byte[] cut = Arrays.copyOf(file, end);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> MeshReader.read(cut)))
            .as("%d of %d bytes of %s", end, file.length, new String(file, 0, 5))
            .isInstanceOf(Rejected.class);
      }
    }
  }
}
