package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every record once per epoch, in batches of one size, in another order each time. */
class BatchOrderTest {
  /** Ranks that all shards have in a step. */
  private static List<Long> ranks(BatchOrder order, long step, int shards) {
    List<Long> ranks = new ArrayList<>();
    for (int s = 0; s < shards; s++) {
      for (int index : order.indices(step, s)) {
        ranks.add((long) index * shards + s);
      }
    }
    return ranks;
  }

  @ParameterizedTest(name = "{0} records, {1} shards, batch {2}")
  @CsvSource({
    "1, 8, 1",
    "5, 8, 5",
    "5, 8, 2",
    "40, 8, 8",
    "41, 8, 8",
    "100, 4, 7",
    "97, 1, 10",
    "64, 16, 3",
    "1000, 8, 64"
  })
  void eachRecordOncePerEpoch(int records, int shards, int batch) {
    BatchOrder order = new BatchOrder(3, records, shards, batch);
    assertThat(order.stepsPerEpoch()).isEqualTo(records / batch);
    for (long epoch = 0; epoch < 3; epoch++) {
      Set<Long> seen = new HashSet<>();
      long first = order.firstStep(epoch);
      for (long step = first; step < first + order.stepsPerEpoch(); step++) {
        List<Long> ranks = ranks(order, step, shards);
        assertThat(order.epoch(step)).isEqualTo(epoch);
        assertThat(ranks).hasSize(batch);
        assertThat(ranks).allMatch(r -> r < records);
        seen.addAll(ranks);
      }
      assertThat(seen).hasSize(records / batch * batch);
    }
  }

  @Test
  void epochsAndSeedsDiffer() {
    BatchOrder order = new BatchOrder(3, 400, 4, 100);
    List<Long> first = ranks(order, 0, 4);
    assertThat(ranks(order, order.firstStep(1), 4)).isNotEqualTo(first);
    assertThat(ranks(new BatchOrder(4, 400, 4, 100), 0, 4)).isNotEqualTo(first);
    assertThat(ranks(new BatchOrder(3, 400, 4, 100), 0, 4)).isEqualTo(first);
    assertThat(order.indices(0, 0)).isNotEqualTo(order.indices(0, 1));
  }

  /** A run that goes on from a checkpoint of an older version must see these. */
  @Test
  void theOrderIsThatOfTheFirstVersion() {
    BatchOrder order = new BatchOrder(7, 21, 2, 8);
    assertThat(order.indices(0, 0)).containsExactly(GOLDEN[0]);
    assertThat(order.indices(1, 1)).containsExactly(GOLDEN[1]);
    assertThat(order.indices(5, 0)).containsExactly(GOLDEN[2]);
    assertThat(new BatchOrder(7, 20_000, 8, 64).indices(3, 1)).containsExactly(GOLDEN[3]);
    assertThat(new BatchOrder(7, 20_000, 8, 64).indices(1000, 0)).containsExactly(GOLDEN[4]);
  }

  private static final int[][] GOLDEN = {
    {6, 7, 0, 2},
    {5, 6, 4, 1},
    {6, 4, 2, 9},
    {1403, 1299, 821, 2017, 1793, 1694, 197, 2169},
    {992, 1493, 2, 2227, 1389, 655, 1746, 1400}
  };

  /** All of 400 steps, which no list shows. */
  @ParameterizedTest
  @CsvSource({
    "1, 8, 1, -5518189032959660768",
    "41, 8, 8, 9004794855358818921",
    "1000, 4, 64, -1880085573077756315",
    "20000, 8, 64, -2497418786574596652"
  })
  void everyOrderIsThatOfTheFirstVersion(int records, int shards, int batch, long hash) {
    BatchOrder order = new BatchOrder(7, records, shards, batch);
    long found = 0;
    for (long step = 0; step < 400; step++) {
      for (int shard = 0; shard < shards; shard++) {
        found = 31 * found + Arrays.hashCode(order.indices(step, shard));
      }
    }
    assertThat(found).isEqualTo(hash);
  }

  @Test
  void recordsLeftOutDifferFromEpochToEpoch() {
    BatchOrder order = new BatchOrder(1, 41, 8, 20);
    Set<Long> seen = new HashSet<>();
    for (long step = 0; step < order.firstStep(20); step++) {
      seen.addAll(ranks(order, step, 8));
    }
    assertThat(seen).hasSize(41);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 7, 16, 17, 63, 64, 65, 1000})
  void isAPermutation(long size) {
    for (long key = 0; key < 20; key++) {
      BitSet seen = new BitSet();
      for (long v = 0; v < size; v++) {
        seen.set((int) BatchOrder.permuted(v, size, key));
      }
      assertThat(seen.cardinality()).isEqualTo((int) size);
      assertThat(seen.length()).isEqualTo((int) size);
    }
  }

  /** Chi-square of every value's place over many keys; 5 degrees of freedom, 1 in 10,000. */
  @Test
  void placesAreEven() {
    int keys = 6000;
    for (long v = 0; v < 6; v++) {
      int[] counts = new int[6];
      for (long key = 0; key < keys; key++) {
        counts[(int) BatchOrder.permuted(v, 6, key)]++;
      }
      double chi = 0;
      for (int n : counts) {
        chi += (n - keys / 6.0) * (n - keys / 6.0) / (keys / 6.0);
      }
      assertThat(chi).as("value " + v).isLessThan(25.7);
    }
  }

  @Test
  void countsSteps() {
    BatchOrder order = new BatchOrder(1, 41, 8, 8);
    assertThat(order.batch()).isEqualTo(8);
    assertThat(order.steps(3)).isEqualTo(15);
    assertThat(order.steps(0.5)).isEqualTo(3);
    assertThat(order.steps(0.01)).isEqualTo(1);
    assertThat(order.epoch(4)).isEqualTo(0);
    assertThat(order.epoch(5)).isEqualTo(1);
    assertThat(order.firstStep(2)).isEqualTo(10);
  }

  @Test
  void refusesWhatDoesNotFit() {
    refused(
        () -> new BatchOrder(1, 40, 8, 64), "Invalid batch: 64 (at most the table's 40 records)");
    refused(() -> new BatchOrder(1, 40, 8, 0), "Invalid batch: 0 (at least 1)");
    refused(() -> new BatchOrder(1, 0, 8, 1), "Invalid records: 0 (at least 1)");
    refused(() -> new BatchOrder(1, 40, 6, 1), "Invalid shards: 6 (a power of two)");
    BatchOrder order = new BatchOrder(1, 40, 8, 4);
    refused(() -> order.indices(0, 8), "Invalid shard: 8 (0 to 7)");
    refused(() -> order.epoch(-1), "Invalid step: -1 (at least 0)");
    refused(() -> order.steps(0), "Invalid epochs: 0.0 (above 0)");
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable c, String why) {
    assertThatThrownBy(c).isInstanceOf(IllegalArgumentException.class).hasMessage(why);
  }
}
