package tributary.encode;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tributary.merge.Node;
import tributary.split.Subsequence;

/**
 * The two pure functions behind the split: encode(subsequence) and finish(merged). JVM-wide,
 * immutable, used by many threads at once; each call opens its own scope. The same input gives the
 * same bits, whatever else is in the call, on the same backend and processor type.
 */
public interface Encoder extends AutoCloseable {
  /**
   * Tokens of a whole subsequence: where the split cuts. Long.MAX_VALUE if a record can't be cut.
   */
  long subsequenceTokens();

  /**
   * The subtree roots that each subsequence leaves, in order: one a subsequence, at the same level
   * for all; only a subsequence that is all of its modality may end lower.
   */
  List<Node> encode(List<Subsequence> subsequences);

  /**
   * The embedding of one record. Nodes of each present modality come in the order of their index,
   * streamed: memory is bounded by the depth of the tree, but for a {@link PassEncoder}, whose
   * nodes are the tokens themselves and are held until all have come. A modality that is absent has
   * no entry; no modality at all is legal.
   */
  float[] finish(Map<String, Iterator<Node>> nodes);

  /**
   * The embeddings of many records, each as {@link #finish(Map)} gives it: a backend may take them
   * together. Values that are not finite are for the caller to find; none is refused here.
   */
  default List<float[]> finish(List<Map<String, Iterator<Node>>> records) {
    return records.stream().map(this::finish).toList();
  }

  int embeddingDim();

  @Override
  void close();
}
