package tributary.encode;

import java.util.Iterator;
import java.util.Map;
import tributary.merge.Node;
import tributary.split.Subsequence;

/**
 * An encoder whose latents go over all tokens of a record several times, each pass with what the
 * one before it found in the whole record: {@link #attend} of every subsequence wherever it lies,
 * then {@link #next} of the record, as often as there are {@link #passes}. {@link #encode} and
 * {@link #finish} do the same to the same bits for a record that one task holds.
 */
public interface PassEncoder extends Encoder {
  /** Passes over the data, at least 1. */
  int passes();

  /** The latents before the first pass [K, C]: the same for every record. */
  float[] latents();

  /**
   * What the latents find in one subsequence.
   *
   * @param pass from 0 on
   * @param latents [K, C] of the record before this pass
   * @param tokens of the whole record by modality: a token's place depends on them
   */
  Node attend(int pass, float[] latents, Map<String, Long> tokens, Subsequence part);

  /**
   * The latents after a pass [K, C], from what {@link #attend} gave for all subsequences:
   * modalities are used up in the order of their names, each one's nodes in the order of their
   * index, and none is held.
   */
  float[] next(int pass, float[] latents, Map<String, Iterator<Node>> nodes);

  /** The embedding, from the latents after the last pass. */
  float[] embedding(float[] latents);
}
