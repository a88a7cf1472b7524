package tributary.read;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a PLY file says of itself.
 *
 * @param coding ascii, binary_little_endian or binary_big_endian
 * @param elements in the order of the file
 * @param end where the elements start
 */
record PlyHeader(String coding, List<Element> elements, int end) {
  private static final String FORMAT = "PLY";

  /** A header longer than this is none. */
  private static final int LONGEST = 1 << 16;

  /** So many rows of properties. */
  record Element(String name, long count, List<Property> properties) {
    /** The place of a property; -1 where there is none of these names. */
    int place(boolean list, String... names) {
      for (String name : names) {
        for (int i = 0; i < properties.size(); i++) {
          if (properties.get(i).name().equals(name)
              && list == (properties.get(i).length() != null)) {
            return i;
          }
        }
      }
      return -1;
    }
  }

  /**
   * A number, or a list of them.
   *
   * @param length the type of a list's length; null of a number
   */
  record Property(String name, Type type, @Nullable Type length) {}

  /** Types of numbers, by both of their names. */
  enum Type {
    CHAR("int8", 1),
    UCHAR("uint8", 1),
    SHORT("int16", 2),
    USHORT("uint16", 2),
    INT("int32", 4),
    UINT("uint32", 4),
    FLOAT("float32", 4),
    DOUBLE("float64", 8);

    private final String other;
    final int bytes;

    Type(String other, int bytes) {
      this.other = other;
      this.bytes = bytes;
    }

    private static Type of(String name) {
      for (Type type : values()) {
        if (type.other.equals(name) || type.name().toLowerCase(Locale.ROOT).equals(name)) {
          return type;
        }
      }
      throw MeshReader.corrupt(FORMAT, "its header has a type " + Words.shown(name));
    }
  }

  static PlyHeader read(byte[] file) {
    String coding = "";
    List<Element> elements = new ArrayList<>();
    boolean pairs = endsInPairs(file);
    int at = 0;
    while (at < Math.min(file.length, LONGEST)) {
      int end = at;
      while (end < file.length && file[end] != '\n' && file[end] != '\r') {
        end++;
      }
      String line = new String(file, at, end - at, StandardCharsets.ISO_8859_1).strip();
      at = end + (pairs ? 2 : 1);
      String[] words = line.split("\\s+", -1);
      switch (words[0]) {
        case "format" -> coding = word(words, 1);
        case "element" -> elements.add(element(words));
        case "property" -> property(words, elements);
        case "end_header" -> {
          return new PlyHeader(coding, List.copyOf(elements), Math.min(at, file.length));
        }
        case "ply", "comment", "obj_info", "" -> {}
        default -> throw MeshReader.corrupt(FORMAT, "its header has a line " + Words.shown(line));
      }
    }
    throw MeshReader.corrupt(FORMAT, "its header has no end_header");
  }

  /** Whether lines end in CR LF; behind a lone CR a first byte of data may look like LF. */
  private static boolean endsInPairs(byte[] file) {
    int end = 0;
    while (end < file.length && file[end] != '\n' && file[end] != '\r') {
      end++;
    }
    return end + 1 < file.length && file[end] == '\r' && file[end + 1] == '\n';
  }

  private static String word(String[] words, int i) {
    if (i >= words.length) {
      throw MeshReader.corrupt(
          FORMAT, "its header has a line " + Words.shown(String.join(" ", words)));
    }
    return words[i];
  }

  private static Element element(String[] words) {
    String count = word(words, 2);
    try {
      long n = Long.parseLong(count);
      if (n >= 0) {
        return new Element(words[1], n, new ArrayList<>());
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw MeshReader.corrupt(
        FORMAT, "the number of element " + Words.shown(words[1]) + " is " + Words.shown(count));
  }

  private static void property(String[] words, List<Element> elements) {
    if (elements.isEmpty()) {
      throw MeshReader.corrupt(FORMAT, "its header has a property of no element");
    }
    boolean list = word(words, 1).equals("list");
    Property property =
        list
            ? new Property(word(words, 4), Type.of(words[3]), Type.of(words[2]))
            : new Property(word(words, 2), Type.of(words[1]), null);
    elements.get(elements.size() - 1).properties().add(property);
  }
}
