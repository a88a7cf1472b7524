package tributary.encode;

import java.util.Map;
import tributary.split.Subsequence;

/** Encodes and reconstructs a record that is held whole: for learning. JVM-wide, immutable. */
public interface Autoencoder extends AutoCloseable {
  /**
   * Reconstructs every token of the record.
   *
   * @param record all tokens of the modalities present
   * @return by modality, [tokens, channels]
   */
  Map<String, float[]> reconstruct(Map<String, Subsequence> record);

  @Override
  void close();
}
