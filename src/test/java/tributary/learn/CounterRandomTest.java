package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.base.Philox;

class CounterRandomTest {
  private static final int DRAWS = 20_000;

  private static CounterRandom random(long seed) {
    return CounterRandom.of(seed, 0, 0, Purpose.SAMPLE);
  }

  /** philox4x32 10 of Random123's kat_vectors; halves have the lower word last in hexadecimal. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, e169c58d6627e8d5, 9b00dbd8bc57ac4c",
    "ffffffffffffffff, ffffffffffffffff, ffffffffffffffff, 41c83b0e408f276d, 6d5451fda20bc7c6",
    "85a308d3243f6a88, 0370734413198a2e, 299f31d0a4093822, 94fdccebd16cfe09, 24126ea15001e420",
  })
  void philoxHasItsKnownAnswers(String low, String high, String key, String first, String second) {
    Philox.Block block = Philox.block(hex(low), hex(high), hex(key));
    assertThat(Long.toHexString(block.low())).isEqualTo(first);
    assertThat(Long.toHexString(block.high())).isEqualTo(second);
  }

  private static long hex(String text) {
    return Long.parseUnsignedLong(text, 16);
  }

  /** Kept for ever: a change of these changes what every seed means. */
  @Test
  void numbersStayWhatTheyAre() {
    CounterRandom random =
        CounterRandom.of(7, 3, CounterRandom.key("record-12"), Purpose.VISIBLE, 1);
    assertThat(CounterRandom.key("record-12")).isEqualTo(6907677865951833300L);
    assertThat(random.bits(0)).isEqualTo(481048636033130230L);
    assertThat(random.child("text").bits(5)).isEqualTo(-1993871782645077898L);
    assertThat(random.uniform(1)).isEqualTo(0.6233958270634313);
    assertThat(random.normal(1)).isEqualTo(1.262458364591949);
    assertThat(random.gamma(0.5, 1)).isEqualTo(0.35582918770474437);
    assertThat(random.below(1000, 1)).isEqualTo(977);
    assertThat(random.permutation(6)).containsExactly(4, 5, 1, 2, 3, 0);
    IndexPermutation order = IndexPermutation.of(CounterRandom.of(7, 3, 0, Purpose.ORDER), 10);
    assertThat(LongStream.range(0, 10).map(order::at))
        .containsExactly(6L, 0L, 9L, 4L, 3L, 1L, 8L, 7L, 2L, 5L);
  }

  @Test
  void eachPartOfAStreamsNameMatters() {
    Set<Long> seen = new HashSet<>();
    seen.add(CounterRandom.of(1, 1, 1, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(2, 1, 1, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(1, 2, 1, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(1, 1, 2, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(1, 1, 1L << 40, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(1, 1, 1, Purpose.VISIBLE, 1).bits(1));
    seen.add(CounterRandom.of(1, 1, 1, Purpose.ORDER, 2).bits(1));
    seen.add(CounterRandom.of(1, 1, 1, Purpose.ORDER, 1).bits(2));
    seen.add(CounterRandom.of(1L << 40, 1, 1, Purpose.ORDER, 1).bits(1));
    seen.add(CounterRandom.of(1, 1, 1, Purpose.ORDER, 1).child("a").bits(1));
    seen.add(CounterRandom.of(1, 1, 1, Purpose.ORDER, 1).child("b").bits(1));
    assertThat(seen).hasSize(11);
  }

  @Test
  void theOrderOfCallsDoesNotMatter() {
    CounterRandom a = random(1);
    double[] forth = LongStream.range(0, 50).mapToDouble(p -> a.gamma(0.7, p)).toArray();
    CounterRandom b = random(1);
    double[] back = new double[50];
    for (int p = 49; p >= 0; p--) {
      b.normal(p);
      back[p] = b.gamma(0.7, p);
    }
    assertThat(back).isEqualTo(forth);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void uniformsAreUniform(long seed) {
    moments(seed, random(seed)::uniform, 0.5, 1 / 12.0);
    moments(seed, p -> random(seed).uniformFloat(p), 0.5, 1 / 12.0);
    for (int p = 0; p < DRAWS; p++) {
      assertThat(random(seed).uniform(p)).isStrictlyBetween(0.0, 1.0);
      assertThat(random(seed).uniformFloat(p)).isGreaterThanOrEqualTo(0).isLessThan(1);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void othersHaveTheirMeanAndVariance(long seed) {
    CounterRandom random = random(seed);
    moments(seed, random::normal, 0, 1);
    moments(seed, random::exponential, 1, 1);
    for (double alpha : new double[] {0.3, 0.9, 1, 1.5, 8}) {
      moments(seed, p -> random.gamma(alpha, p), alpha, alpha);
    }
  }

  /** Within five standard errors; the variance's by the fourth moment of what was drawn. */
  private static void moments(long seed, LongToDoubleFunction draw, double mean, double variance) {
    double[] x = LongStream.range(0, DRAWS).mapToDouble(draw).toArray();
    double m = Arrays.stream(x).average().orElse(0);
    double v = Arrays.stream(x).map(y -> (y - mean) * (y - mean)).average().orElse(0);
    double fourth = Arrays.stream(x).map(y -> Math.pow(y - mean, 4)).average().orElse(0);
    double error = Math.sqrt((fourth - v * v) / DRAWS);
    assertThat(m).as("mean, seed " + seed).isCloseTo(mean, offset(Math.sqrt(variance / DRAWS)));
    assertThat(v).as("variance, seed " + seed).isCloseTo(variance, offset(error));
  }

  private static Offset<Double> offset(double error) {
    return Offset.offset(5 * error);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-4, 0.01, 0.5, 1, 3, 1e6})
  void sharesAddUpToOne(double alpha) {
    for (long seed = 0; seed < 50; seed++) {
      double[] shares = random(seed).dirichlet(alpha, 4);
      assertThat(Arrays.stream(shares).sum()).as("seed " + seed).isCloseTo(1, Offset.offset(1e-12));
      assertThat(shares).as("seed " + seed).doesNotContain(Double.NaN);
    }
  }

  @Test
  void smallShapesShowOneAndLargeOnesAll() {
    assertThat(Arrays.stream(random(3).dirichlet(1e-4, 4)).max().orElse(0)).isGreaterThan(0.99);
    assertThat(Arrays.stream(random(3).dirichlet(1e6, 4)).max().orElse(0)).isLessThan(0.26);
  }

  /** Of Dirichlet(1) in two parts the first is uniform; of three it has mean 1/3, variance 1/18. */
  @Test
  void dirichletOfOneIsUniformOnTheSimplex() {
    moments(0, p -> random(p).dirichlet(1, 2)[0], 0.5, 1 / 12.0);
    moments(0, p -> random(p).dirichlet(1, 3)[2], 1 / 3.0, 1 / 18.0);
  }

  @Test
  void integersAreEven() {
    int[] counts = new int[7];
    for (int p = 0; p < DRAWS; p++) {
      counts[random(5).below(7, p)]++;
    }
    assertThat(Statistics.chiSquare(counts)).isLessThan(Statistics.limit(6));
    assertThat(random(5).below(1, 0)).isZero();
    assertThat(random(5).below(Integer.MAX_VALUE, 0)).isNotNegative();
  }

  @Test
  void everyOrderIsAsLikely() {
    TreeMap<String, Integer> counts = new TreeMap<>();
    for (int seed = 0; seed < DRAWS; seed++) {
      counts.merge(Arrays.toString(random(seed).permutation(4)), 1, Integer::sum);
    }
    assertThat(counts).hasSize(24);
    int[] found = counts.values().stream().mapToInt(n -> n).toArray();
    assertThat(Statistics.chiSquare(found)).isLessThan(Statistics.limit(23));
  }

  @Test
  void samplesAreSortedSets() {
    int[] counts = new int[10];
    for (int seed = 0; seed < DRAWS; seed++) {
      int[] sample = random(seed).sample(10, 3);
      assertThat(sample).hasSize(3).isSorted().doesNotHaveDuplicates();
      Arrays.stream(sample).forEach(i -> counts[i]++);
    }
    assertThat(Statistics.chiSquare(counts)).isLessThan(Statistics.limit(9));
    assertThat(random(1).sample(3, 3)).containsExactly(0, 1, 2);
    assertThat(random(1).sample(3, 0)).isEmpty();
    assertThat(random(1).permutation(0)).isEmpty();
  }

  @Test
  void whatCanNotBeIsRefused() {
    assertThatThrownBy(() -> CounterRandom.of(0, -1, 0, Purpose.ORDER))
        .hasMessage("Invalid epoch: -1 (0 or more)");
    assertThatThrownBy(() -> CounterRandom.of(0, 0, 0, Purpose.ORDER, 65536))
        .hasMessage("Invalid view: 65536 (0 to 65535)");
    assertThatThrownBy(() -> random(1).bits(-1)).hasMessage("Invalid position: -1 (0 to 2^40 - 1)");
    assertThatThrownBy(() -> random(1).gamma(0, 1)).hasMessage("Invalid alpha: 0.0 (above 0)");
    assertThatThrownBy(() -> random(1).below(0, 1)).hasMessage("Invalid bound: 0 (1 or more)");
    assertThatThrownBy(() -> random(1).sample(3, 4)).hasMessage("Invalid sample: 4 (0 to 3)");
  }
}
