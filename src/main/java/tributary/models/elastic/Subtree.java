package tributary.models.elastic;

import tributary.merge.Node;

/**
 * What is known of a subtree: its node's latents, and how many tokens it holds. On the heap.
 *
 * @param latents [K, C] of the node's level
 * @param tokens visible tokens below the node
 */
@SuppressWarnings("ArrayRecordComponent")
record Subtree(float[] latents, long tokens) {
  static Subtree of(Node node) {
    return new Subtree(node.latents(), node.tokens());
  }
}
