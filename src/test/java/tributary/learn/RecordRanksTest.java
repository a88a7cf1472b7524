package tributary.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tributary.learn.RecordRanks.Place;
import tributary.learn.RecordRanks.Tied;

/** A total order of ids by hash, then id; the held-out apart. */
class RecordRanksTest {
  private static final List<String> IDS = IntStream.range(0, 500).mapToObj(i -> "r" + i).toList();

  private static RecordRanks ranks(long seed, List<String> ids, double share) {
    long[] training =
        ids.stream()
            .mapToLong(id -> RecordRanks.hash(seed, id))
            .filter(h -> !RecordRanks.isIn(share, h))
            .toArray();
    long[] heldOut =
        ids.stream()
            .mapToLong(id -> RecordRanks.hash(seed, id))
            .filter(h -> RecordRanks.isIn(share, h))
            .toArray();
    return RecordRanks.of(seed, training, heldOut, List.of());
  }

  @Test
  void ranksAreDenseAndDoNotDependOnTheOrderOfArrival() {
    RecordRanks ranks = ranks(1, IDS, 0.1);
    List<String> reversed = new ArrayList<>(IDS);
    java.util.Collections.reverse(reversed);
    RecordRanks other = ranks(1, reversed, 0.1);
    Set<Long> training = new TreeSet<>();
    Set<Long> heldOut = new TreeSet<>();
    for (String id : IDS) {
      Place place = java.util.Objects.requireNonNull(ranks.place(id));
      assertThat(place).isEqualTo(other.place(id));
      (place.heldOut() ? heldOut : training).add(place.rank());
    }
    assertThat(training).hasSize((int) ranks.records()).contains(0L, ranks.records() - 1);
    assertThat(heldOut).hasSize((int) ranks.heldOut()).contains(0L, ranks.heldOut() - 1);
    assertThat(ranks.records() + ranks.heldOut()).isEqualTo(500);
    assertThat(ranks.heldOut()).isBetween(25L, 80L);
  }

  @Test
  void anotherSeedIsAnotherOrder() {
    RecordRanks one = ranks(1, IDS, 0);
    RecordRanks two = ranks(2, IDS, 0);
    assertThat(IDS.stream().map(one::place).toList())
        .isNotEqualTo(IDS.stream().map(two::place).toList());
    assertThat(one.place("no such")).isNull();
  }

  @Test
  void theHashIsThatOfTheFirstVersion() {
    assertThat(RecordRanks.hash(7, "r00000007")).isEqualTo(2383117516136063923L);
  }

  @Test
  void sharesAreEdges() {
    for (String id : IDS) {
      assertThat(RecordRanks.isIn(0, RecordRanks.hash(1, id))).isFalse();
      assertThat(RecordRanks.isIn(1, RecordRanks.hash(1, id))).isTrue();
    }
  }

  /** Ids by their first letter alone: a1, a2 and a3 have one hash, a0 has none of them. */
  @Test
  void equalHashesAreToldApartById() {
    RecordRanks.IdHash letter = id -> id.charAt(0);
    long[] training = {'b', 'a', 'a', 'c'};
    long[] heldOut = {'c', 'd', 'a'};
    assertThat(RecordRanks.ties(training, heldOut)).containsExactly((long) 'a', (long) 'c');
    List<Tied> named =
        List.of(
            new Tied("a3", false),
            new Tied("c2", true),
            new Tied("a1", false),
            new Tied("c1", false),
            new Tied("a2", true));
    RecordRanks ranks = RecordRanks.of(letter, training, heldOut, named);
    assertThat(ranks.place("a1")).isEqualTo(new Place(false, 0));
    assertThat(ranks.place("a3")).isEqualTo(new Place(false, 1));
    assertThat(ranks.place("b1")).isEqualTo(new Place(false, 2));
    assertThat(ranks.place("c1")).isEqualTo(new Place(false, 3));
    assertThat(ranks.place("a2")).isEqualTo(new Place(true, 0));
    assertThat(ranks.place("c2")).isEqualTo(new Place(true, 1));
    assertThat(ranks.place("d1")).isEqualTo(new Place(true, 2));
    assertThat(ranks.place("a0")).isNull();
  }

  @Test
  void shardsDifferByOneAtMost() {
    assertThat(IntStream.range(0, 8).mapToLong(s -> RecordRanks.size(19, 8, s)))
        .containsExactly(3L, 3L, 3L, 2L, 2L, 2L, 2L, 2L);
    assertThat(IntStream.range(0, 4).mapToLong(s -> RecordRanks.size(2, 4, s)))
        .containsExactly(1L, 1L, 0L, 0L);
  }
}
