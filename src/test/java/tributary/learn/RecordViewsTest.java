package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tributary.encode.Learner.Masked;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/** What the view shows that a record's class is told by: a share of its tokens, with noise. */
class RecordViewsTest {
  private static final int TOKENS = 200;
  private static final int CHANNELS = 3;
  private static final float[] WAVE = wave();

  private static float[] wave() {
    SplittableRandom random = new SplittableRandom(7);
    float[] values = new float[TOKENS * CHANNELS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static LearningRecord record(String id) {
    byte[] text = new byte[TOKENS];
    new SplittableRandom(8).nextBytes(text);
    TreeMap<String, Subsequence> tokens = new TreeMap<>();
    tokens.put("text", new Subsequence("text", 0, List.of(new TokenBlock.Ids(text))));
    // In two blocks: noise goes on where the first one ends.
    float[] first = Arrays.copyOf(WAVE, 90 * CHANNELS);
    float[] rest = Arrays.copyOfRange(WAVE, first.length, WAVE.length);
    tokens.put(
        "wave",
        new Subsequence(
            "wave",
            0,
            List.of(
                new TokenBlock.Values(CHANNELS, first), new TokenBlock.Values(CHANNELS, rest))));
    return new LearningRecord(id, 0, tokens, new TreeMap<>(Map.of("size", "small")));
  }

  private static RecordViews views(Objectives.Shown shown, double dropped) {
    Objectives objectives =
        new Objectives(
            0,
            0,
            0,
            1,
            new Objectives.Masking(new VisibleTokens(0.5, 1, 1), true),
            // Of another view: what it shows must not be what this one shows.
            new Objectives.Contrast(0.5, new Objectives.Shown(0.1, 0.1, 9), 7, 5),
            new Objectives.Labels("size", List.of("large", "small"), shown, 0),
            ModalityDropout.of(Map.of("text", 0.0, "wave", dropped)),
            1000);
    return new RecordViews(5, objectives, new SubtreeDraw(4, 2, 1000));
  }

  private static Masked of(RecordViews.Looking look, String modality) {
    return Objects.requireNonNull(look.view().modalities().get(modality));
  }

  private static int[] visible(Masked masked) {
    boolean[] seen = masked.visible();
    return IntStream.range(0, TOKENS).filter(i -> seen == null || seen[i]).toArray();
  }

  private static float[] values(Masked masked) {
    float[] all = new float[TOKENS * CHANNELS];
    int at = 0;
    for (TokenBlock block : masked.tokens().blocks()) {
      float[] own = ((TokenBlock.Values) block).values();
      System.arraycopy(own, 0, all, at, own.length);
      at += own.length;
    }
    return all;
  }

  @Test
  void everythingIsShownAsItIsUnlessToldOtherwise() {
    LearningRecord record = record("a");
    RecordViews.Looking look = views(Objectives.Shown.ALL, 0).labelled(record, 3);
    assertThat(look.together()).containsExactly("text", "wave");
    for (String name : look.together()) {
      assertThat(of(look, name).visible()).isNull();
      assertThat(of(look, name).tokens()).isSameAs(record.tokens().get(name));
    }
  }

  @ParameterizedTest(name = "view-from {0}, view-to {1}: {2} to {3} tokens")
  @CsvSource({"0.5, 0.5, 100, 100", "0.25, 0.75, 50, 150", "0.001, 0.001, 1, 1"})
  void aShareOfTheTokensOfEachModalityIsShown(double from, double to, int least, int most) {
    RecordViews views = views(new Objectives.Shown(from, to, 0), 0);
    Set<Integer> counts = new HashSet<>();
    Set<String> draws = new HashSet<>();
    for (int epoch = 0; epoch < 40; epoch++) {
      for (String name : List.of("text", "wave")) {
        int[] seen = visible(of(views.labelled(record("a"), epoch), name));
        assertThat(seen.length).isBetween(least, most);
        counts.add(seen.length);
        draws.add(Arrays.toString(seen));
      }
    }
    if (most > least) {
      assertThat(counts).as("counts are drawn over the whole range").hasSizeGreaterThan(40);
      assertThat(counts.stream().mapToInt(n -> n).min().orElse(0)).isLessThan(least + 15);
      assertThat(counts.stream().mapToInt(n -> n).max().orElse(0)).isGreaterThan(most - 15);
    }
    assertThat(draws).as("other tokens in each epoch").hasSizeGreaterThan(30);
  }

  /** Its deviation over 600 values; their mean within five standard errors of 0. */
  @ParameterizedTest
  @CsvSource({"0.1", "0.5"})
  void valuesHaveNoiseOfThatDeviationAndIdsNone(double jitter) {
    LearningRecord record = record("a");
    RecordViews views = views(new Objectives.Shown(1, 1, jitter), 0);
    RecordViews.Looking look = views.labelled(record, 0);
    assertThat(of(look, "text").tokens().blocks())
        .isEqualTo(Objects.requireNonNull(record.tokens().get("text")).blocks());
    float[] noisy = values(of(look, "wave"));
    double sum = 0;
    double squares = 0;
    Set<Float> noise = new HashSet<>();
    for (int i = 0; i < noisy.length; i++) {
      float own = noisy[i] - WAVE[i];
      sum += own;
      squares += (double) own * own;
      noise.add(own);
    }
    int n = noisy.length;
    assertThat(sum / n).isCloseTo(0, within(5 * jitter / Math.sqrt(n)));
    assertThat(Math.sqrt(squares / n)).isCloseTo(jitter, within(5 * jitter / Math.sqrt(2.0 * n)));
    assertThat(noise).as("each value has its own").hasSizeGreaterThan(n - 10);
    assertThat(values(of(views.labelled(record("a"), 0), "wave"))).isEqualTo(noisy);
    assertThat(values(of(views.labelled(record("a"), 1), "wave"))).isNotEqualTo(noisy);
    assertThat(values(of(views.labelled(record("b"), 0), "wave"))).isNotEqualTo(noisy);
    assertThat(values(of(views(Objectives.Shown.ALL, 0).labelled(record, 0), "wave")))
        .as("the record's own are as they were")
        .isEqualTo(WAVE);
  }

  @Test
  void aModalityThatIsDroppedIsNotInTheView() {
    RecordViews views = views(new Objectives.Shown(0.5, 0.5, 0), 0.5);
    Set<Set<String>> seen = new HashSet<>();
    for (int epoch = 0; epoch < 40; epoch++) {
      RecordViews.Looking look = views.labelled(record("a"), epoch);
      assertThat(look.view().modalities().keySet()).isEqualTo(look.together());
      seen.add(Set.copyOf(look.together()));
    }
    assertThat(seen).containsExactlyInAnyOrder(Set.of("text"), Set.of("text", "wave"));
  }
}
