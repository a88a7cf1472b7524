package tributary.record;

import java.util.SortedMap;

/**
 * What came of one record: its embedding, tokens seen and left out by modality, SHA-256 of its
 * content.
 */
@SuppressWarnings("ArrayRecordComponent")
public record Fused(
    float[] embedding,
    SortedMap<String, Long> tokens,
    SortedMap<String, Long> leftOut,
    String inputHash) {
  /** Euclidean norm, accumulated in double in the order of the channels. */
  public static float norm(float[] embedding) {
    double sum = 0;
    for (float v : embedding) {
      sum += (double) v * v;
    }
    return (float) Math.sqrt(sum);
  }
}
