package tributary.spark.roots;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import scala.Tuple2;

/**
 * Which root is where, small enough to be sent to every task: sorted by key.
 *
 * @param columns of equal length, which any serializer can send: two of the key, the file and the
 *     offset in it ({@link #OFFSET} bits), the length
 * @param files paths
 */
@SuppressWarnings("ArrayRecordComponent")
record RootIndex(long[][] columns, String[] files) {
  /** So many roots are looked at on the driver, and, at 32 bytes each, sent to every executor. */
  static final int MOST = 2_000_000;

  private static final int OFFSET = 36;

  /** A root and the file that it is in. */
  record Place(RootPortion.Portion portion, RootPortion.Entry entry) {}

  /**
   * The newest root of each slot.
   *
   * @param ids digests of those that are there still; see {@link RootKey#id}
   */
  static List<Place> alive(List<RootPortion.Portion> portions, LongPredicate ids) {
    List<Place> all = new ArrayList<>();
    portions.forEach(p -> p.entries().forEach(e -> all.add(new Place(p, e))));
    all.sort(
        Comparator.<Place>comparingLong(p -> p.entry.time())
            .reversed()
            .thenComparing(p -> p.portion.path().getName()));
    Set<Long> slots = new HashSet<>();
    List<Place> alive = new ArrayList<>();
    for (Place place : all) {
      if (slots.add(place.entry.key().slot()) && ids.test(place.entry.key().id())) {
        alive.add(place);
      }
    }
    return alive;
  }

  /** Of roots in up to 2^27 files. */
  static RootIndex of(List<Place> alive) {
    List<Place> sorted = new ArrayList<>(alive);
    sorted.sort(
        Comparator.<Place>comparingLong(p -> p.entry.key().high())
            .thenComparingLong(p -> p.entry.key().low()));
    List<String> files = alive.stream().map(p -> p.portion.path().toString()).distinct().toList();
    Map<String, Integer> numbers = new HashMap<>();
    files.forEach(f -> numbers.put(f, numbers.size()));
    long[][] columns = new long[4][sorted.size()];
    for (int i = 0; i < sorted.size(); i++) {
      RootPortion.Entry entry = sorted.get(i).entry;
      long file = numbers.getOrDefault(sorted.get(i).portion.path().toString(), 0);
      columns[0][i] = entry.key().high();
      columns[1][i] = entry.key().low();
      columns[2][i] = file << OFFSET | entry.offset();
      columns[3][i] = entry.length();
    }
    return new RootIndex(columns, files.toArray(new String[0]));
  }

  static RootIndex of(Tuple2<long[][], String[]> sent) {
    return new RootIndex(sent._1(), sent._2());
  }

  Tuple2<long[][], String[]> sent() {
    return new Tuple2<>(columns, files);
  }

  int size() {
    return columns[0].length;
  }

  /** Where a key's root is in the index; negative where it has none. */
  int find(RootKey key) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Long.compare(columns[0][middle], key.high());
      order = order == 0 ? Long.compare(columns[1][middle], key.low()) : order;
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  String file(int at) {
    return files[(int) (columns[2][at] >>> OFFSET)];
  }

  long offset(int at) {
    return columns[2][at] & (1L << OFFSET) - 1;
  }

  long length(int at) {
    return columns[3][at];
  }
}
