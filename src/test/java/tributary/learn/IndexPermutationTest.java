package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexPermutationTest {
  private static final int DRAWS = 5_000;

  private static IndexPermutation permutation(long seed, long n) {
    return IndexPermutation.of(CounterRandom.of(seed, 0, 0, Purpose.ORDER), n);
  }

  private static long[] all(long seed, int n) {
    long[] order = new long[n];
    Arrays.setAll(order, i -> permutation(seed, n).at(i));
    return order;
  }

  @Test
  void everyNumberOccursOnce() {
    for (int n = 1; n < 200; n++) {
      long[] order = all(n, n);
      Arrays.sort(order);
      for (int i = 0; i < n; i++) {
        assertThat(order[i]).as("n " + n).isEqualTo(i);
      }
    }
  }

  /** Models were learnt by these. */
  @Test
  void theOrderIsThatOfTheFirstVersion() {
    CounterRandom random = CounterRandom.of(7, 3, 5, Purpose.SUBTREES);
    assertThat(LongStream.range(0, 8).map(IndexPermutation.of(random, 1000)::at))
        .containsExactly(426L, 750L, 225L, 330L, 775L, 376L, 147L, 461L);
    IndexPermutation largest = IndexPermutation.of(random, 1L << 62);
    assertThat(largest.at(0)).isEqualTo(2769413040194848454L);
    assertThat(largest.at(1)).isEqualTo(3928143069957901141L);
    long found = 0;
    for (int n = 1; n < 300; n++) {
      IndexPermutation order = IndexPermutation.of(CounterRandom.of(n, 3, 5, Purpose.SUBTREES), n);
      for (int i = 0; i < n; i++) {
        found = 31 * found + order.at(i);
      }
    }
    assertThat(found).isEqualTo(2241710534760893706L);
  }

  @Test
  void seedsAndEpochsHaveTheirOwnOrders() {
    assertThat(all(1, 100)).isNotEqualTo(all(2, 100)).isEqualTo(all(1, 100));
    CounterRandom next = CounterRandom.of(1, 1, 0, Purpose.ORDER);
    assertThat(IndexPermutation.of(next, 1000).at(7)).isNotEqualTo(permutation(1, 1000).at(7));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 16, 24, 65})
  void eachIndexReachesEachPlaceEvenly(int n) {
    int[][] counts = new int[n][n];
    for (int seed = 0; seed < DRAWS; seed++) {
      IndexPermutation order = permutation(seed, n);
      for (int i = 0; i < n; i++) {
        counts[i][(int) order.at(i)]++;
      }
    }
    for (int[] places : counts) {
      assertThat(Statistics.chiSquare(places)).isLessThan(Statistics.limit(n - 1));
    }
  }

  @Test
  void neighboursAreNoMoreAlikeThanOthers() {
    int[] counts = new int[10];
    int n = 100_000;
    IndexPermutation order = permutation(3, n);
    for (int i = 0; i + 1 < n; i++) {
      long distance = Math.floorMod(order.at(i + 1) - order.at(i), (long) n);
      counts[(int) (distance * 10 / n)]++;
    }
    assertThat(Statistics.chiSquare(counts)).isLessThan(Statistics.limit(9));
  }

  @Test
  void ordersOfThreeAreAllReached() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    for (int seed = 0; seed < DRAWS; seed++) {
      counts.merge(Arrays.toString(all(seed, 3)), 1, Integer::sum);
    }
    assertThat(counts).hasSize(6);
    int[] found = counts.values().stream().mapToInt(c -> c).toArray();
    assertThat(Statistics.chiSquare(found)).isLessThan(Statistics.limit(5));
  }

  @Test
  void largeOnesNeedNoMemory() {
    IndexPermutation order = permutation(1, 1L << 62);
    assertThat(order.at(0)).isNotEqualTo(order.at(1));
    assertThat(order.size()).isEqualTo(1L << 62);
  }

  @Test
  void whatCanNotBeIsRefused() {
    assertThatThrownBy(() -> permutation(1, 0)).hasMessage("Invalid permutation: 0 (1 to 2^62)");
    assertThatThrownBy(() -> permutation(1, 5).at(5)).hasMessage("Invalid index: 5 (0 to 4)");
  }
}
