package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.learn.SubtreeDraw.Run;

/** What is drawn of a record: tokens, modalities, subtrees. */
class DrawsTest {
  private static final Map<String, Integer> RECORD = Map.of("text", 30, "image", 64, "sound", 6);

  private static CounterRandom random(long seed, Purpose purpose) {
    return CounterRandom.of(seed, 0, 0, purpose);
  }

  private static SortedMap<String, int[]> visible(
      double share, double alpha, int group, long seed, Map<String, Integer> tokens) {
    return new VisibleTokens(share, alpha, group).draw(random(seed, Purpose.VISIBLE), tokens);
  }

  private static int count(SortedMap<String, int[]> visible) {
    return visible.values().stream().mapToInt(v -> v.length).sum();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.17, 0.5, 0.83, 0.999})
  void theBudgetIsMetWhateverTheShares(double share) {
    for (double alpha : new double[] {0.001, 0.3, 1, 100}) {
      for (long seed = 0; seed < 60; seed++) {
        SortedMap<String, int[]> v = visible(share, alpha, 1, seed, RECORD);
        assertThat(v.keySet()).containsExactly("image", "sound", "text");
        assertThat(count(v)).isEqualTo(Math.max(1, Math.min(99, Math.round(share * 100))));
        v.forEach(
            (name, tokens) -> {
              assertThat(tokens).isSorted().doesNotHaveDuplicates();
              int n = RECORD.getOrDefault(name, 0);
              assertThat(Arrays.stream(tokens)).allMatch(t -> t >= 0 && t < n);
            });
      }
    }
  }

  /** By Dirichlet(1) each of three equal modalities has a third on average, with its spread. */
  @Test
  void theBudgetIsSharedByTheDraw() {
    Map<String, Integer> even = Map.of("a", 1000, "b", 1000, "c", 1000);
    double sum = 0;
    double squares = 0;
    int draws = 4000;
    for (long seed = 0; seed < draws; seed++) {
      double part = Named.at(visible(0.1, 1, 1, seed, even), "b").length / 300.0;
      sum += part;
      squares += (part - 1 / 3.0) * (part - 1 / 3.0);
    }
    assertThat(sum / draws).isCloseTo(1 / 3.0, Offset.offset(0.02));
    assertThat(squares / draws).isCloseTo(1 / 18.0, Offset.offset(0.005));
  }

  @Test
  void eachTokenIsAsLikely() {
    int[] counts = new int[12];
    for (long seed = 0; seed < 10_000; seed++) {
      Arrays.stream(visible(0.25, 1, 1, seed, Map.of("text", 12)).get("text"))
          .forEach(t -> counts[t]++);
    }
    assertThat(Statistics.chiSquare(counts)).isLessThan(Statistics.limit(11));
  }

  @Test
  void wholeGroupsAreShown() {
    for (long seed = 0; seed < 50; seed++) {
      SortedMap<String, int[]> v = visible(0.5, 1, 4, seed, Map.of("text", 10, "image", 16));
      int groups = 0;
      for (Map.Entry<String, int[]> e : v.entrySet()) {
        int n = e.getKey().equals("text") ? 10 : 16;
        Set<Integer> shown = new TreeSet<>();
        Arrays.stream(e.getValue()).forEach(t -> shown.add(t / 4));
        int[] whole = IntStream.range(0, n).filter(t -> shown.contains(t / 4)).toArray();
        assertThat(e.getValue()).containsExactly(whole);
        groups += shown.size();
      }
      assertThat(groups).as("half of 3 + 4, rounded").isEqualTo(4);
    }
    assertThat(visible(0.5, 1, Integer.MAX_VALUE, 1, Map.of("text", 10)).get("text")).hasSize(10);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2"})
  void ofFewTokensOneIsShownAndOneHidden(int tokens, int shown) {
    assertThat(visible(0.999, 1, 1, 1, Map.of("text", tokens)).get("text")).hasSize(shown);
    assertThat(visible(0.001, 1, 1, 1, Map.of("text", tokens)).get("text")).hasSize(1);
  }

  @Test
  void absentModalitiesAreLeftOut() {
    assertThat(visible(0.5, 1, 1, 1, Map.of("text", 0))).isEmpty();
    assertThat(visible(0.5, 1, 1, 1, Map.of())).isEmpty();
    assertThat(visible(0.5, 1, 1, 1, Map.of("text", 4, "image", 0))).containsOnlyKeys("text");
  }

  @Test
  void tokensDependOnTheirModalityAlone() {
    int[] alone = visible(0.5, 1e9, 1, 4, Map.of("text", 40)).get("text");
    int[] beside = visible(0.5, 1e9, 1, 4, Map.of("text", 40, "image", 40)).get("text");
    assertThat(beside).isEqualTo(alone);
  }

  @Test
  void theHiddenAreTheOthers() {
    assertThat(VisibleTokens.hidden(new int[] {1, 3}, 5)).containsExactly(0, 2, 4);
    assertThat(VisibleTokens.hidden(new int[0], 2)).containsExactly(0, 1);
    assertThat(VisibleTokens.hidden(new int[] {0, 1}, 2)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 0.0", "1, 1.0", "-0.1, -0.1", "NaN, NaN"})
  void aShareOfAllOrNothingIsRefused(double share, String shown) {
    assertThatThrownBy(() -> new VisibleTokens(share, 1, 1))
        .hasMessage("Invalid visible share: " + shown + " (above 0 and below 1)");
  }

  @Test
  void otherVisibleSettingsAreChecked() {
    assertThatThrownBy(() -> new VisibleTokens(0.5, 0, 1))
        .hasMessage("Invalid alpha: 0.0 (above 0)");
    assertThatThrownBy(() -> new VisibleTokens(0.5, 1, 0))
        .hasMessage("Invalid group size: 0 (1 or more)");
    assertThatThrownBy(() -> visible(0.5, 1, 1, 1, Map.of("text", -1)))
        .hasMessage("Invalid tokens of text: -1 (0 or more)");
  }

  @Test
  void sharesFillTheOthersUp() {
    double[] weights = {0.7, 0.2, 0.1};
    assertThat(Shares.proportional(weights, new int[] {3, 100, 100}, 9)).containsExactly(3, 4, 2);
    assertThat(Shares.proportional(weights, new int[] {9, 9, 9}, 10)).containsExactly(7, 2, 1);
    assertThat(Shares.proportional(new double[] {1, 0, 0}, new int[] {2, 5, 5}, 6))
        .containsExactly(2, 2, 2);
    assertThat(Shares.proportional(weights, new int[] {1, 1, 1}, 3)).containsExactly(1, 1, 1);
    assertThat(Shares.proportional(weights, new int[] {1, 1, 1}, 0)).containsExactly(0, 0, 0);
    assertThat(Shares.even(new long[] {5, 100, 100}, 66)).containsExactly(5, 31, 30);
    assertThat(Shares.even(new long[] {5, 6}, 11)).containsExactly(5, 6);
    assertThat(Shares.even(new long[] {}, 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void modalitiesAreDroppedAsOftenAsAskedAndNeverAll(long first) {
    ModalityDropout dropout = ModalityDropout.of(Map.of("a", 0.9, "b", 0.5, "c", 0.0));
    int draws = 10_000;
    int a = 0;
    int b = 0;
    int rescued = 0;
    for (long seed = first * draws; seed < (first + 1) * draws; seed++) {
      CounterRandom random = random(seed, Purpose.MODALITIES);
      Set<String> kept = dropout.draw(random, List.of("a", "b", "c"));
      assertThat(kept).contains("c");
      a += kept.contains("a") ? 1 : 0;
      b += kept.contains("b") ? 1 : 0;
      Set<String> two = dropout.draw(random, List.of("b", "a"));
      assertThat(two).isNotEmpty();
      if (!kept.contains("a") && !kept.contains("b")) {
        assertThat(two).hasSize(1);
        rescued += two.contains("a") ? 1 : 0;
      } else {
        assertThat(two).isEqualTo(without(kept, "c"));
      }
    }
    assertThat(a / (double) draws).isCloseTo(0.1, Offset.offset(0.015));
    assertThat(b / (double) draws).isCloseTo(0.5, Offset.offset(0.025));
    assertThat(rescued / (0.45 * draws)).as("each as likely").isCloseTo(0.5, Offset.offset(0.05));
  }

  private static Set<String> without(Set<String> names, String name) {
    Set<String> rest = new TreeSet<>(names);
    rest.remove(name);
    return rest;
  }

  @Test
  void theLongestModalityIsDroppedMost() {
    assertThat(ModalityDropout.byLength(Map.of("a", 5, "b", 70, "c", 70), 0.3, 0.1).probabilities())
        .isEqualTo(Map.of("a", 0.1, "b", 0.3, "c", 0.1));
    assertThat(ModalityDropout.byLength(Map.of(), 0.3, 0.1).probabilities()).isEmpty();
  }

  @Test
  void probabilitiesAreChecked() {
    assertThatThrownBy(() -> ModalityDropout.of(Map.of("a", 1.0)))
        .hasMessage("Invalid dropout.a: 1.0 (at least 0 and below 1)");
    assertThatThrownBy(() -> ModalityDropout.of(Map.of("a", -0.5)))
        .hasMessage("Invalid dropout.a: -0.5 (at least 0 and below 1)");
    ModalityDropout dropout = ModalityDropout.of(Map.of("a", 0.5));
    CounterRandom random = random(1, Purpose.MODALITIES);
    assertThatThrownBy(() -> dropout.draw(random, List.of("b")))
        .hasMessage("Invalid dropout.b: none (a probability for each modality)");
    assertThat(dropout.draw(random, List.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void subtreesAreWholeAlignedAndWithinTheLimit(long seed) {
    for (long limit : new long[] {64, 100, 500, 1000, 5000}) {
      SubtreeDraw draw = new SubtreeDraw(16, 4, limit);
      Map<String, Long> tokens = new TreeMap<>(Map.of("sound", 123_456L, "text", 20L));
      SortedMap<String, List<Run>> drawn = draw.draw(random(seed, Purpose.SUBTREES), tokens);
      assertThat(drawn.get("text")).containsExactly(new Run(0, 20));
      List<Run> runs = Named.at(drawn, "sound");
      long size = runs.get(0).tokens();
      long used = 0;
      long end = 0;
      for (Run run : runs) {
        assertThat(run.from()).isGreaterThanOrEqualTo(end);
        assertThat(run.from() % size).isZero();
        assertThat(run.to() == 123_456 || run.tokens() == size).isTrue();
        used += run.tokens();
        end = run.to();
      }
      assertThat(powerOfFour(size / 16)).isTrue();
      assertThat(used).isLessThanOrEqualTo(limit - 20);
      if (limit >= 100 && end < 123_456) {
        assertThat(used).isGreaterThanOrEqualTo((limit - 20) * 4 / 5);
      }
    }
  }

  private static boolean powerOfFour(long n) {
    return Long.bitCount(n) == 1 && Long.numberOfTrailingZeros(n) % 2 == 0;
  }

  @Test
  void theSizeOfSubtreesIsTheLargestOfWhichAFanInFits() {
    SubtreeDraw draw = new SubtreeDraw(16, 4, 256);
    List<Run> runs = Named.at(draw.draw(random(1, Purpose.SUBTREES), Map.of("t", 10_240L)), "t");
    assertThat(runs).hasSize(4).allMatch(run -> run.tokens() == 64);
  }

  @Test
  void eachSubtreeIsAsLikely() {
    int[] counts = new int[10];
    SubtreeDraw draw = new SubtreeDraw(8, 2, 24);
    for (long seed = 0; seed < 10_000; seed++) {
      Named.at(draw.draw(random(seed, Purpose.SUBTREES), Map.of("t", 80L)), "t")
          .forEach(run -> counts[(int) run.from() / 8]++);
    }
    assertThat(Statistics.chiSquare(counts)).isLessThan(Statistics.limit(9));
  }

  @Test
  void aRecordWithinTheLimitIsTakenWhole() {
    SubtreeDraw draw = new SubtreeDraw(16, 4, 100);
    Map<String, Long> tokens = Map.of("a", 60L, "b", 40L, "c", 0L);
    assertThat(draw.draw(random(1, Purpose.SUBTREES), tokens))
        .isEqualTo(Map.of("a", List.of(new Run(0, 60)), "b", List.of(new Run(0, 40))));
  }

  @Test
  void aLimitBelowAGroupIsRefused() {
    assertThatThrownBy(() -> new SubtreeDraw(16, 4, 15))
        .hasMessage("Invalid tokens-per-record: 15 (at least a group of 16 tokens)");
    assertThatThrownBy(() -> new SubtreeDraw(0, 4, 15))
        .hasMessage("Invalid group size: 0 (1 or more)");
    assertThatThrownBy(() -> new SubtreeDraw(16, 1, 64))
        .hasMessage("Invalid fan-in: 1 (2 or more)");
    SubtreeDraw draw = new SubtreeDraw(16, 4, 40);
    CounterRandom random = random(1, Purpose.SUBTREES);
    assertThatThrownBy(() -> draw.draw(random, Map.of("a", 99L, "b", 99L, "c", 99L)))
        .hasMessage(
            "Invalid tokens-per-record: 40 (at least a group of 16 tokens for each of 3"
                + " modalities)");
    assertThat(draw.draw(random, Map.of("a", 99L, "b", 99L, "c", 3L))).hasSize(3);
  }
}
