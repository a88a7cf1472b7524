package tributary.codec.child;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which item of a HEIF or AVIF file is the alpha of its main picture (ISO/IEC 23008-12, auxl and
 * auxC): the library gives its stream and doesn't say what it is.
 *
 * @param item its id, which is its stream's
 * @param premultiplied whether the colours are multiplied by it
 */
record HeifAlpha(long item, boolean premultiplied) {
  private static final Set<String> ALPHA =
      Set.of(
          "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
          "urn:mpeg:hevc:2015:auxid:1",
          "urn:mpeg:avc:2015:auxid:1");

  private record Reference(String type, long from, Set<Long> to) {}

  /** Of a file; null where it has none, or can't be read: then the library says so. */
  static @Nullable HeifAlpha of(ByteBuffer file) {
    try {
      for (Box box : Box.all(file)) {
        if (box.type().equals("meta")) {
          box.body().getInt();
          return find(Box.all(box.body()));
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException cutShort) {
      // As above.
    }
    return null;
  }

  private static @Nullable HeifAlpha find(List<Box> meta) {
    long main = -1;
    List<Reference> references = List.of();
    Set<Long> alphas = Set.of();
    for (Box box : meta) {
      ByteBuffer body = box.body();
      switch (box.type()) {
        case "pitm" -> main = id(body, version(body) > 0);
        case "iref" -> references = references(body);
        case "iprp" -> alphas = alphas(Box.all(body));
        default -> {}
      }
    }
    for (Reference reference : references) {
      if (reference.type().equals("auxl")
          && reference.to().contains(main)
          && alphas.contains(reference.from())) {
        long item = reference.from();
        long picture = main;
        boolean multiplied =
            references.stream()
                .anyMatch(
                    r -> r.type().equals("prem") && r.from() == picture && r.to().contains(item));
        return new HeifAlpha(item, multiplied);
      }
    }
    return null;
  }

  private static List<Reference> references(ByteBuffer body) {
    boolean wide = version(body) > 0;
    List<Reference> references = new ArrayList<>();
    for (Box box : Box.all(body)) {
      ByteBuffer in = box.body();
      long from = id(in, wide);
      Set<Long> to = new HashSet<>();
      for (int left = in.getShort() & 0xFFFF; left > 0; left--) {
        to.add(id(in, wide));
      }
      references.add(new Reference(box.type(), from, to));
    }
    return references;
  }

  /** The items that have a property which says that they are an alpha. */
  private static Set<Long> alphas(List<Box> properties) {
    Set<Integer> indices = new HashSet<>();
    Set<Long> items = new HashSet<>();
    for (Box box : properties) {
      if (box.type().equals("ipco")) {
        List<Box> all = Box.all(box.body());
        for (int i = 0; i < all.size(); i++) {
          if (all.get(i).type().equals("auxC") && ALPHA.contains(auxiliary(all.get(i).body()))) {
            indices.add(i + 1);
          }
        }
      } else if (box.type().equals("ipma")) {
        associated(box.body(), indices, items);
      }
    }
    return items;
  }

  private static String auxiliary(ByteBuffer body) {
    body.getInt();
    byte[] text = new byte[body.remaining()];
    body.get(text);
    String all = new String(text, StandardCharsets.ISO_8859_1);
    int end = all.indexOf(0);
    return end < 0 ? all : all.substring(0, end);
  }

  private static void associated(ByteBuffer body, Set<Integer> indices, Set<Long> items) {
    int head = body.getInt();
    boolean wideId = head >>> 24 > 0;
    boolean wideIndex = (head & 1) != 0;
    int count = body.getInt();
    for (int i = 0; i < Math.min(count, Box.MOST); i++) {
      long item = id(body, wideId);
      for (int left = body.get() & 0xFF; left > 0; left--) {
        int index = wideIndex ? body.getShort() & 0x7FFF : body.get() & 0x7F;
        if (indices.contains(index)) {
          items.add(item);
        }
      }
    }
  }

  private static int version(ByteBuffer body) {
    return body.getInt() >>> 24;
  }

  private static long id(ByteBuffer body, boolean wide) {
    return wide ? body.getInt() & 0xFFFFFFFFL : body.getShort() & 0xFFFF;
  }
}
