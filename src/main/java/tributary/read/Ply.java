package tributary.read;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import tributary.read.PlyHeader.Element;
import tributary.read.PlyHeader.Property;
import tributary.read.PlyHeader.Type;

/**
 * PLY, as text or binary in either order of bytes: the x, y and z of its vertices, the lists of
 * corners of its faces, and strips of triangles (`tristrips`, ended by -1). Other elements and
 * properties are passed over, wherever they are.
 */
final class Ply {
  private static final String FORMAT = "PLY";
  private static final String[] CORNERS = {"vertex_indices", "vertex_index"};
  private static final String[] AXES = {"x", "y", "z"};

  /** Bytes of a number in a text: a digit and a space. */
  private static final int LEAST_WORD = 2;

  private final Numbers numbers;
  private final Surface surface = new Surface(FORMAT);

  /** The numbers of the elements, in their order. */
  private interface Numbers {
    double next(Type type);

    void skip(Type type, int count);

    /** Bytes left. */
    int left();

    /** Fewest bytes of a number. */
    int least(Type type);
  }

  private Ply(Numbers numbers) {
    this.numbers = numbers;
  }

  static boolean isOne(byte[] file) {
    return file.length > 3
        && file[0] == 'p'
        && file[1] == 'l'
        && file[2] == 'y'
        && (file[3] == '\n' || file[3] == '\r' || file[3] == ' ');
  }

  static Signal read(byte[] file) {
    PlyHeader header = PlyHeader.read(file);
    Ply ply = new Ply(numbers(file, header));
    for (Element element : header.elements()) {
      ply.read(element);
    }
    return ply.surface.signal();
  }

  private static Numbers numbers(byte[] file, PlyHeader header) {
    return switch (header.coding()) {
      case "ascii" -> new Text(new Words(file, header.end()));
      case "binary_little_endian" -> binary(file, header.end(), ByteOrder.LITTLE_ENDIAN);
      case "binary_big_endian" -> binary(file, header.end(), ByteOrder.BIG_ENDIAN);
      default ->
          throw MeshReader.corrupt(
              FORMAT, "its header has a format " + Words.shown(header.coding()));
    };
  }

  private static Numbers binary(byte[] file, int from, ByteOrder order) {
    return new Binary(ByteBuffer.wrap(file, from, file.length - from).order(order));
  }

  private void read(Element element) {
    if (element.properties().isEmpty()) {
      return;
    }
    long least = 0;
    for (Property p : element.properties()) {
      least += numbers.least(p.length() == null ? p.type() : p.length());
    }
    // A text's last word need have no space behind it.
    if (element.count() > (numbers.left() + 1L) / least) {
      throw MeshReader.corrupt(
          FORMAT,
          String.format(
              Locale.ROOT,
              "it says %d of element %s in the %d bytes left",
              element.count(),
              Words.shown(element.name()),
              numbers.left()));
    }
    Rows rows = rows(element);
    int i = 0;
    try {
      for (; i < element.count(); i++) {
        rows.read();
      }
    } catch (BufferUnderflowException e) {
      throw MeshReader.corrupt(
          FORMAT, "it ends within " + element.name() + " " + i + " of " + element.count());
    }
  }

  /** Reads one row of an element. */
  private interface Rows {
    void read();
  }

  private Rows rows(Element element) {
    return switch (element.name()) {
      case "vertex" -> vertices(element);
      case "face" -> lists(element, surface::face);
      case "tristrips" -> lists(element, this::strips);
      default -> () -> element.properties().forEach(this::skip);
    };
  }

  private Rows vertices(Element element) {
    List<Property> properties = element.properties();
    int[] axis = new int[properties.size()]; // which coordinate a property is, from 1; else 0
    for (int d = 0; d < AXES.length; d++) {
      int place = element.place(false, AXES[d]);
      if (place < 0) {
        throw MeshReader.corrupt(FORMAT, "its vertices have no " + AXES[d]);
      }
      axis[place] = d + 1;
    }
    double[] xyz = new double[AXES.length];
    return () -> {
      for (int p = 0; p < axis.length; p++) {
        if (axis[p] > 0) {
          xyz[axis[p] - 1] = numbers.next(properties.get(p).type());
        } else {
          skip(properties.get(p));
        }
      }
      surface.vertex(xyz[0], xyz[1], xyz[2]);
    };
  }

  /** What is made of the corners of one row. */
  private interface Corners {
    void take(int[] indices, int count);
  }

  private Rows lists(Element element, Corners taken) {
    int place = element.place(true, CORNERS);
    if (place < 0) {
      throw MeshReader.corrupt(FORMAT, "its " + element.name() + " has no list vertex_indices");
    }
    List<Property> properties = element.properties();
    return () -> {
      for (int p = 0; p < properties.size(); p++) {
        if (p == place) {
          int[] indices = list(properties.get(p));
          taken.take(indices, indices.length);
        } else {
          skip(properties.get(p));
        }
      }
    };
  }

  private int[] list(Property property) {
    int[] indices = new int[length(property)];
    for (int i = 0; i < indices.length; i++) {
      double index = numbers.next(property.type());
      if (index != (int) index) {
        throw MeshReader.corrupt(FORMAT, "a face has vertex " + index);
      }
      indices[i] = (int) index;
    }
    return indices;
  }

  /** Each vertex from the third on makes a triangle with the two before it. */
  private void strips(int[] indices, int count) {
    for (int i = 2; i < count; i++) {
      if (indices[i] >= 0 && indices[i - 1] >= 0 && indices[i - 2] >= 0) {
        surface.triangle(indices[i - 2], indices[i - 1], indices[i]);
      }
    }
  }

  private void skip(Property property) {
    numbers.skip(property.type(), property.length() == null ? 1 : length(property));
  }

  private int length(Property property) {
    Type type = java.util.Objects.requireNonNull(property.length());
    double length = numbers.next(type);
    long most = (numbers.left() + 1L) / numbers.least(property.type());
    if (!(length >= 0 && length <= most && length == (int) length)) {
      throw MeshReader.corrupt(
          FORMAT, "a list has " + length + " numbers in the " + numbers.left() + " bytes left");
    }
    return (int) length;
  }

  /** Numbers as words. */
  private record Text(Words words) implements Numbers {
    @Override
    public double next(Type type) {
      String word = words.next();
      if (word == null) {
        throw new BufferUnderflowException();
      }
      return Words.number(FORMAT, "a value", word);
    }

    @Override
    public void skip(Type type, int count) {
      for (int i = 0; i < count; i++) {
        if (words.next() == null) {
          throw new BufferUnderflowException();
        }
      }
    }

    @Override
    public int left() {
      return words.left();
    }

    @Override
    public int least(Type type) {
      return LEAST_WORD;
    }
  }

  /** Numbers as bytes. */
  private record Binary(ByteBuffer bytes) implements Numbers {
    @Override
    public double next(Type type) {
      return switch (type) {
        case CHAR -> bytes.get();
        case UCHAR -> bytes.get() & 0xff;
        case SHORT -> bytes.getShort();
        case USHORT -> bytes.getShort() & 0xffff;
        case INT -> bytes.getInt();
        case UINT -> bytes.getInt() & 0xffffffffL;
        case FLOAT -> bytes.getFloat();
        case DOUBLE -> bytes.getDouble();
      };
    }

    @Override
    public void skip(Type type, int count) {
      long end = bytes.position() + (long) count * type.bytes;
      if (end > bytes.limit()) {
        throw new BufferUnderflowException();
      }
      bytes.position((int) end);
    }

    @Override
    public int left() {
      return bytes.remaining();
    }

    @Override
    public int least(Type type) {
      return type.bytes;
    }
  }
}
