package tributary.learn;

import java.util.List;

/** Where a replica's records come from. Used by the replica's thread. Steps are counted from 1. */
public interface Batches {
  /** A gradient shard's records of a step, in their order; may be empty. */
  List<LearningRecord> records(long step, int shard);

  /**
   * Records that are held out, of a shard: a few, always the same, to validate with after a step;
   * empty where there is no validation after it.
   */
  List<LearningRecord> validation(long step, int shard);

  /** The epoch of a step, from 0. */
  int epoch(long step);

  /** Records of a step, of all shards. */
  int batch();
}
