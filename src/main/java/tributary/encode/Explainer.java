package tributary.encode;

import java.util.Map;
import java.util.SortedMap;
import tributary.split.Subsequence;

/** Where a model looked in one record, held whole. JVM-wide, immutable. */
public interface Explainer extends AutoCloseable {
  /**
   * The share of each token in what the latents looked at.
   *
   * @param record all tokens of the modalities present
   * @return by modality, one a token; all of them add up to 1 (empty for no modality)
   */
  SortedMap<String, double[]> shares(Map<String, Subsequence> record);

  /** What a share is made of, a sentence or two for people. */
  String how();

  @Override
  void close();
}
