package tributary.learn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;

/**
 * Which tokens of a record are visible to masked learning: a budget, a share of all its tokens, is
 * divided among its modalities by a symmetric Dirichlet draw (MultiMAE, Bachmann et al. 2022, who
 * show 98 of 588 tokens by Dirichlet(1)), each takes at most what it has, what it can't take goes
 * to the others; within a modality tokens are drawn evenly without replacement. A modality may be
 * hidden as a whole or be all visible; of a record something is visible, and something hidden
 * unless there is but one token.
 *
 * <p>With groups (groupSize above 1) budget and draws count consecutive runs of that many tokens,
 * the last of a modality shorter, instead of tokens: a record of one group is all visible.
 *
 * <p>A pure function of the stream; a modality's part of the draw depends on its name, not on what
 * else the record has.
 *
 * @param share of tokens (or groups) that are visible, above 0 and below 1
 * @param alpha concentration: small shows one modality, large shows all evenly
 * @param groupSize 1 for tokens by themselves
 */
public record VisibleTokens(double share, double alpha, int groupSize) implements Serializable {
  public VisibleTokens {
    if (!(share > 0 && share < 1)) {
      throw Invalid.argument("visible share", share, "above 0 and below 1");
    }
    if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
      throw Invalid.argument("alpha", alpha, "above 0");
    }
    if (groupSize < 1) {
      throw Invalid.argument("group size", groupSize, "1 or more");
    }
  }

  /**
   * The visible tokens of each modality that has tokens, ascending.
   *
   * @param random of {@link Purpose#VISIBLE}
   * @param tokens count by modality; 0 is absent
   */
  public SortedMap<String, int[]> draw(CounterRandom random, Map<String, Integer> tokens) {
    SortedMap<String, Integer> present = present(tokens);
    String[] names = present.keySet().toArray(String[]::new);
    int[] units = new int[names.length];
    double[] logs = new double[names.length];
    int all = 0;
    for (int m = 0; m < names.length; m++) {
      units[m] = 1 + (tokens.getOrDefault(names[m], 0) - 1) / groupSize;
      logs[m] = random.child(names[m]).logWeight(alpha, 0);
      all = Math.addExact(all, units[m]);
    }
    int[] shown = Shares.proportional(CounterRandom.shares(logs), units, budget(all));
    SortedMap<String, int[]> visible = new TreeMap<>();
    for (int m = 0; m < names.length; m++) {
      int[] chosen = random.child(names[m]).sample(units[m], shown[m]);
      visible.put(names[m], tokens(chosen, tokens.getOrDefault(names[m], 0)));
    }
    return visible;
  }

  /** Of so many units: rounded, at least one, and one less than all where there are two. */
  private int budget(int all) {
    int rounded = (int) Math.round(share * all);
    return Math.max(Math.min(1, all), Math.min(rounded, all - 1));
  }

  private int[] tokens(int[] groups, int count) {
    int[] tokens = new int[(int) Math.min(count, (long) groups.length * groupSize)];
    int n = 0;
    for (int group : groups) {
      long end = Math.min(count, (group + 1L) * groupSize);
      for (int t = group * groupSize; t < end; t++) {
        tokens[n++] = t;
      }
    }
    return Arrays.copyOf(tokens, n);
  }

  static SortedMap<String, Integer> present(Map<String, Integer> tokens) {
    SortedMap<String, Integer> present = new TreeMap<>();
    tokens.forEach(
        (name, n) -> {
          if (n < 0) {
            throw Invalid.argument("tokens of " + name, n, "0 or more");
          }
          if (n > 0) {
            present.put(name, n);
          }
        });
    return present;
  }

  /** The tokens 0 to count - 1 that are not among the visible ones, ascending. */
  public static int[] hidden(int[] visible, int count) {
    int[] hidden = new int[count - visible.length];
    int v = 0;
    int h = 0;
    for (int t = 0; t < count; t++) {
      if (v < visible.length && visible[v] == t) {
        v++;
      } else {
        hidden[h++] = t;
      }
    }
    return hidden;
  }
}
