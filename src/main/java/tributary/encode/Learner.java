package tributary.encode;

import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;
import tributary.attention.Weights;
import tributary.split.Subsequence;
import tributary.tensor.Scope;
import tributary.tensor.Tensor;

/**
 * A model that learns: its forward pass over views of records, held whole, on a tape, for
 * objectives to be put on what comes out. Agrees with the family's {@link Encoder} and {@link
 * Autoencoder} up to rounding. One per replica, used by one thread; weights change between two
 * passes by {@link Weights#update}.
 */
public interface Learner extends AutoCloseable {
  /** The weights that are learnt. */
  Weights weights();

  /** Length D of an embedding. */
  int embeddingDim();

  /** Tokens of a leaf group: what of a long record is learnt from begins and ends with groups. */
  default int groupTokens() {
    return 256;
  }

  /** Groups that a parent joins. */
  default int fanIn() {
    return 8;
  }

  /** Whether the model has a decoder. */
  boolean reconstructs();

  /**
   * One modality of a view.
   *
   * @param tokens all of them, from the modality's first; at least one
   * @param visible [tokens] which ones the encoder may see; null for all
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Masked(Subsequence tokens, boolean @Nullable [] visible) {}

  /**
   * A record as it is looked at once.
   *
   * @param modalities those that are present, by name; at least one
   */
  record View(SortedMap<String, Masked> modalities) {}

  /**
   * Modalities of a view that are fused.
   *
   * @param view its number
   * @param modalities at least one, all of the view's
   */
  record Fused(int view, SortedSet<String> modalities) {}

  /**
   * Tokens that are to be reconstructed.
   *
   * @param from what the decoder sees; the modality among it
   * @param tokens their numbers, ascending; at least one
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Wanted(Fused from, int[] tokens) {}

  /**
   * Encodes views together.
   *
   * @param tape of {@link Weights#tape}, or a plain scope, where nothing is learnt
   */
  Encoded encode(Scope tape, List<View> views);

  /** Views that have been encoded; lives as long as their scope. */
  interface Encoded {
    /**
     * Embeddings.
     *
     * @return [fused, 1, D], in the order asked for
     */
    Tensor embeddings(List<Fused> fused);

    /**
     * Tokens of one modality as the decoder makes them of the latents.
     *
     * @param wanted of views that have the modality
     * @return [1, all wanted tokens, channels]; for text logits of the 259 rows
     * @throws IllegalStateException where the model has no decoder
     */
    Tensor reconstruct(String modality, List<Wanted> wanted);
  }

  @Override
  void close();
}
