package tributary.learn;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;

/**
 * The order of all records of a table, whatever its partitions: by a seeded hash of the id, and
 * where two ids have one hash by the id. Records to learn from and records held out are ordered
 * apart, each from rank 0. 8 bytes per record; made on the driver, sent to executors once,
 * immutable there.
 */
public final class RecordRanks implements Serializable {
  private static final long serialVersionUID = 1;

  private final IdHash hash;

  /** Hashes to learn from, ascending; equal ones where ids share one. */
  private final long[] training;

  /** Hashes held out, ascending. */
  private final long[] heldOut;

  /** What the hash alone can't tell. */
  private final HashMap<String, Place> tied;

  private final HashSet<Long> ties;

  /**
   * Where a record is.
   *
   * @param heldOut whether it is kept from learning
   * @param rank among the records of its part, from 0
   */
  public record Place(boolean heldOut, long rank) implements Serializable {}

  /** An id whose hash others have, too, and its part. */
  public record Tied(String id, boolean heldOut) {}

  /** What ids are ordered by. */
  interface IdHash extends Serializable {
    long of(String id);
  }

  private RecordRanks(IdHash hash, long[] training, long[] heldOut) {
    this.hash = hash;
    this.training = training;
    this.heldOut = heldOut;
    this.tied = new HashMap<>();
    this.ties = new HashSet<>();
  }

  /** The first 8 bytes of SHA-256 over seed and id. */
  public static long hash(long seed, String id) {
    return new Digest().number(seed).text(id).start();
  }

  /** Whether a hash falls into a share of all: 0 for none, 1 for all. */
  public static boolean isIn(double share, long hash) {
    return (hash >>> 11) * 0x1p-53 < share;
  }

  /**
   * The hashes that several ids have, next to none: {@link #of} wants these ids by name.
   *
   * @param training in any order; sorted here
   * @param heldOut in any order; sorted here
   */
  public static Set<Long> ties(long[] training, long[] heldOut) {
    Arrays.sort(training);
    Arrays.sort(heldOut);
    Set<Long> ties = new TreeSet<>();
    for (long[] hashes : List.of(training, heldOut)) {
      for (int i = 1; i < hashes.length; i++) {
        if (hashes[i] == hashes[i - 1]) {
          ties.add(hashes[i]);
        }
      }
    }
    for (long hash : heldOut) {
      if (Arrays.binarySearch(training, hash) >= 0) {
        ties.add(hash);
      }
    }
    return ties;
  }

  /**
   * The order.
   *
   * @param training hashes of the ids to learn from, in any order; kept and sorted
   * @param heldOut hashes of the ids held out, in any order; kept and sorted
   * @param named every id whose hash is one of {@link #ties}
   */
  public static RecordRanks of(long seed, long[] training, long[] heldOut, Collection<Tied> named) {
    return of(id -> hash(seed, id), training, heldOut, named);
  }

  static RecordRanks of(IdHash hash, long[] training, long[] heldOut, Collection<Tied> named) {
    RecordRanks ranks = new RecordRanks(hash, training, heldOut);
    ranks.ties.addAll(ties(training, heldOut));
    named.forEach(one -> ranks.tied.put(one.id(), ranks.place(one, named)));
    return ranks;
  }

  private Place place(Tied one, Collection<Tied> named) {
    long own = hash.of(one.id());
    long before =
        named.stream()
            .filter(o -> o.heldOut() == one.heldOut() && hash.of(o.id()) == own)
            .filter(o -> o.id().compareTo(one.id()) < 0)
            .count();
    return new Place(one.heldOut(), first(one.heldOut() ? heldOut : training, own) + before);
  }

  /** Where an id is; null for an id that is not of the table. */
  public @Nullable Place place(String id) {
    long own = hash.of(id);
    if (ties.contains(own)) {
      return tied.get(id);
    }
    int rank = Arrays.binarySearch(training, own);
    if (rank >= 0) {
      return new Place(false, rank);
    }
    rank = Arrays.binarySearch(heldOut, own);
    return rank >= 0 ? new Place(true, rank) : null;
  }

  /** The first place of a hash that is there. */
  private static int first(long[] hashes, long hash) {
    int at = Arrays.binarySearch(hashes, hash);
    while (at > 0 && hashes[at - 1] == hash) {
      at--;
    }
    return at;
  }

  /** Records to learn from. */
  public long records() {
    return training.length;
  }

  /** Records held out. */
  public long heldOut() {
    return heldOut.length;
  }

  /**
   * Records of one shard, which has those whose rank modulo the number of shards is its own.
   *
   * @param records of all shards
   */
  public static long size(long records, int shards, int shard) {
    return records <= shard ? 0 : (records - shard - 1) / shards + 1;
  }
}
