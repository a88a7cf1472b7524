package tributary.learn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import tributary.encode.Learner;
import tributary.encode.Learner.Masked;
import tributary.encode.Learner.View;
import tributary.split.Subsequence;
import tributary.tokenize.TokenBlock;

/**
 * How a record is looked at: a pure function of (seed, epoch, record), never of where it is
 * computed. Immutable, for all threads.
 */
final class RecordViews {
  /** Numbers of a record's views: two for contrast, one for each other objective. */
  private static final int HIDING = 2;

  private static final int LABELLED = 3;

  private final long seed;
  private final Objectives objectives;
  private final SubtreeDraw subtrees;

  /**
   * @param subtrees what of a long record is learnt from
   */
  RecordViews(long seed, Objectives objectives, SubtreeDraw subtrees) {
    this.seed = seed;
    this.objectives = objectives;
    this.subtrees = subtrees;
  }

  /** Of records that a learner learns from, in whole subtrees of its. */
  static RecordViews of(LearningSettings settings, Learner learner) {
    Objectives objectives = settings.objectives();
    return new RecordViews(
        settings.seed(),
        objectives,
        new SubtreeDraw(learner.groupTokens(), learner.fanIn(), objectives.tokensPerRecord()));
  }

  /**
   * A view and what is hidden from it.
   *
   * @param hidden tokens to reconstruct by modality, ascending; without those of subtrees that are
   *     not learnt from now
   */
  record Hiding(View view, SortedMap<String, int[]> hidden) {}

  /** The view of masked auto-encoding: a budget shared among the modalities that are kept. */
  Hiding masked(LearningRecord record, int epoch) {
    SortedMap<String, int[]> drawn = drawn(record, epoch);
    SortedSet<String> kept = kept(record, epoch, Purpose.MODALITIES, HIDING);
    SortedMap<String, Integer> counts = new TreeMap<>();
    drawn.forEach((name, tokens) -> counts.put(name, kept.contains(name) ? tokens.length : 0));
    SortedMap<String, int[]> shown =
        objectives.masking().visible().draw(random(record, epoch, Purpose.VISIBLE, HIDING), counts);
    SortedMap<String, Masked> modalities = new TreeMap<>();
    SortedMap<String, int[]> hidden = new TreeMap<>();
    record
        .tokens()
        .forEach(
            (name, tokens) -> {
              int[] candidates = candidates(drawn, name);
              int[] visible = shown.getOrDefault(name, new int[0]);
              int[] rest = pick(candidates, VisibleTokens.hidden(visible, candidates.length));
              modalities.put(name, masked(tokens, pick(candidates, visible)));
              if (rest.length > 0) {
                hidden.put(name, rest);
              }
            });
    return new Hiding(new View(modalities), hidden);
  }

  /**
   * A view and what of it is looked at together.
   *
   * @param together the modalities that are not dropped; at least one
   */
  record Looking(View view, SortedSet<String> together) {}

  /**
   * One of two views for contrast: some tokens of each modality. What is dropped is dropped from
   * all together; alone it is compared all the same, or a batch would have few to tell apart.
   *
   * @param number 0 or 1
   */
  Looking contrast(LearningRecord record, int epoch, int number) {
    SortedMap<String, Masked> modalities =
        shown(record, epoch, number, objectives.contrast().shown(), record.tokens().keySet());
    return new Looking(new View(modalities), kept(record, epoch, Purpose.MODALITIES, number));
  }

  /** The view for telling a record's class: without the modalities that are dropped. */
  Looking labelled(LearningRecord record, int epoch) {
    SortedSet<String> kept = kept(record, epoch, Purpose.MODALITIES, LABELLED);
    return new Looking(
        new View(shown(record, epoch, LABELLED, objectives.labels().shown(), kept)), kept);
  }

  /** A share of the tokens of some modalities. */
  private SortedMap<String, Masked> shown(
      LearningRecord record, int epoch, int number, Objectives.Shown shown, Set<String> names) {
    SortedMap<String, int[]> drawn = drawn(record, epoch);
    CounterRandom random = random(record, epoch, Purpose.VISIBLE, number);
    SortedMap<String, Masked> modalities = new TreeMap<>();
    for (String name : names) {
      int[] candidates = candidates(drawn, name);
      CounterRandom own = random.child(name);
      double share = shown.from() + (shown.to() - shown.from()) * own.uniform(0);
      int count = Math.max(1, (int) Math.round(share * candidates.length));
      int[] visible = pick(candidates, own.child("tokens").sample(candidates.length, count));
      Subsequence tokens = record.tokens().get(name);
      if (tokens != null) {
        double jitter = shown.jitter();
        modalities.put(name, masked(jittered(tokens, record, epoch, number, jitter), visible));
      }
    }
    return modalities;
  }

  /** The whole record, for measures: nothing hidden, nothing dropped. */
  static View whole(LearningRecord record) {
    SortedMap<String, Masked> modalities = new TreeMap<>();
    record.tokens().forEach((name, tokens) -> modalities.put(name, new Masked(tokens, null)));
    return new View(modalities);
  }

  private CounterRandom random(LearningRecord record, int epoch, Purpose purpose, int view) {
    return CounterRandom.of(seed, epoch, CounterRandom.key(record.id()), purpose, view);
  }

  private SortedSet<String> kept(LearningRecord record, int epoch, Purpose purpose, int view) {
    if (record.tokens().size() == 1) {
      return new TreeSet<>(record.tokens().keySet());
    }
    return objectives
        .dropout()
        .draw(random(record, epoch, purpose, view), record.tokens().keySet());
  }

  /** By modality the tokens that are learnt from now. */
  private SortedMap<String, int[]> drawn(LearningRecord record, int epoch) {
    SortedMap<String, Long> counts = record.counts();
    SortedMap<String, int[]> drawn = new TreeMap<>();
    if (counts.values().stream().mapToLong(n -> n).sum() <= subtrees.tokensPerRecord()) {
      counts.forEach(
          (name, n) -> drawn.put(name, IntStream.range(0, Math.toIntExact(n)).toArray()));
      return drawn;
    }
    runs(record, epoch, counts)
        .forEach(
            (name, runs) ->
                drawn.put(
                    name,
                    runs.stream()
                        .flatMapToLong(r -> LongStream.range(r.from(), r.to()))
                        .mapToInt(Math::toIntExact)
                        .toArray()));
    return drawn;
  }

  /** Subtrees of a long record; what does not fit stops the run, for it would not fit again. */
  private SortedMap<String, List<SubtreeDraw.Run>> runs(
      LearningRecord record, int epoch, SortedMap<String, Long> counts) {
    try {
      return subtrees.draw(random(record, epoch, Purpose.SUBTREES, 0), counts);
    } catch (IllegalArgumentException e) {
      throw new LearningStopped(
          "Cannot learn from record " + record.id() + ", tokens " + counts + ": " + e.getMessage());
    }
  }

  private static int[] candidates(Map<String, int[]> drawn, String name) {
    return drawn.getOrDefault(name, new int[0]);
  }

  private static int[] pick(int[] from, int[] places) {
    return Arrays.stream(places).map(i -> from[i]).toArray();
  }

  private static Masked masked(Subsequence tokens, int[] visible) {
    if (visible.length == tokens.tokens()) {
      return new Masked(tokens, null);
    }
    boolean[] seen = new boolean[tokens.tokens()];
    for (int i : visible) {
      seen[i] = true;
    }
    return new Masked(tokens, seen);
  }

  /** With normal noise on every value; ids have none. */
  private Subsequence jittered(
      Subsequence tokens, LearningRecord record, int epoch, int number, double deviation) {
    if (deviation == 0) {
      return tokens;
    }
    CounterRandom random = random(record, epoch, Purpose.JITTER, number).child(tokens.modality());
    List<TokenBlock> blocks = new ArrayList<>();
    long at = 0;
    for (TokenBlock block : tokens.blocks()) {
      if (block instanceof TokenBlock.Values v) {
        float[] noisy = v.values().clone();
        for (int i = 0; i < noisy.length; i++) {
          noisy[i] += (float) (deviation * random.normal(at + i));
        }
        blocks.add(new TokenBlock.Values(v.channels(), noisy));
        at += noisy.length;
      } else {
        blocks.add(block);
      }
    }
    return new Subsequence(tokens.modality(), tokens.index(), List.copyOf(blocks));
  }
}
