package tributary.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;

/**
 * What is learned of a record that is too long to be learned whole: subtrees of its hierarchy,
 * whole and where they are, so that every token keeps its position, its group and its group's slot.
 *
 * <pre>
 *   tokens of a modality   |g g g g|g g g g|g g g g|g g g g|g      groups of groupSize, fanIn to a parent
 *   drawn                  |       |xxxxxxx|       |xxxxxxx|       runs of groupSize fanIn^k, aligned
 * </pre>
 *
 * <p>A record within the limit is taken whole. Of a longer one each modality has an even part of
 * the limit, and all that it wants where that is less. A modality that is cut gives whole subtrees
 * of groupSize fanIn^k tokens, k the largest of which fanIn fit into its part (0 where none does),
 * as many as fit, drawn evenly without replacement: at least fanIn / (fanIn + 1) of the part are
 * used, unless the part is less than fanIn groups or the short last subtree is drawn.
 *
 * @param groupSize tokens of a leaf group, 1 or more
 * @param fanIn children of a parent, 2 or more
 * @param tokensPerRecord the limit; at least a group for each modality that is cut
 */
public record SubtreeDraw(int groupSize, int fanIn, long tokensPerRecord) {
  public SubtreeDraw {
    if (groupSize < 1) {
      throw Invalid.argument("group size", groupSize, "1 or more");
    }
    if (fanIn < 2) {
      throw Invalid.argument("fan-in", fanIn, "2 or more");
    }
    if (tokensPerRecord < groupSize) {
      throw Invalid.argument("tokens-per-record", tokensPerRecord, atLeast(1, groupSize));
    }
  }

  /** Tokens [from, to) of a modality. */
  public record Run(long from, long to) {
    public long tokens() {
      return to - from;
    }
  }

  /**
   * What is taken of each modality that has tokens, ascending, without overlaps.
   *
   * @param random of {@link Purpose#SUBTREES}
   * @param tokens count by modality; 0 is absent
   */
  public SortedMap<String, List<Run>> draw(CounterRandom random, Map<String, Long> tokens) {
    SortedMap<String, Long> present = new TreeMap<>();
    tokens.forEach(
        (name, n) -> {
          if (n < 0) {
            throw Invalid.argument("tokens of " + name, n, "0 or more");
          }
          if (n > 0) {
            present.put(name, n);
          }
        });
    long[] counts = present.values().stream().mapToLong(n -> n).toArray();
    long all = Arrays.stream(counts).reduce(0, Math::addExact);
    long[] parts = Shares.even(counts, Math.min(all, tokensPerRecord));
    SortedMap<String, List<Run>> drawn = new TreeMap<>();
    int m = 0;
    for (String name : present.keySet()) {
      if (parts[m] < Math.min(counts[m], groupSize)) {
        String rule = atLeast(counts.length, groupSize);
        throw Invalid.argument("tokens-per-record", tokensPerRecord, rule);
      }
      drawn.put(name, runs(random.child(name), counts[m], parts[m]));
      m++;
    }
    return drawn;
  }

  private List<Run> runs(CounterRandom random, long tokens, long part) {
    if (part >= tokens) {
      return List.of(new Run(0, tokens));
    }
    long subtree = groupSize;
    while (subtree <= part / fanIn / fanIn) {
      subtree *= fanIn;
    }
    IndexPermutation order = IndexPermutation.of(random, 1 + (tokens - 1) / subtree);
    long[] chosen = new long[Math.toIntExact(part / subtree)];
    Arrays.setAll(chosen, order::at);
    Arrays.sort(chosen);
    List<Run> runs = new ArrayList<>();
    for (long c : chosen) {
      runs.add(new Run(c * subtree, Math.min(tokens, (c + 1) * subtree)));
    }
    return runs;
  }

  /** The rule of the limit. */
  static String atLeast(int modalities, int groupSize) {
    String each = modalities == 1 ? "" : " for each of " + modalities + " modalities";
    return "at least a group of " + groupSize + " tokens" + each;
  }
}
