package tributary.models.elastic;

import tributary.model.LevelSpec;
import tributary.tensor.Tensor;

/**
 * The nodes of one level, of all trees. Lives as long as its scope.
 *
 * @param latents a node per row: [1, nodes, K * C]
 * @param tokens [nodes] visible ones below each
 */
@SuppressWarnings("ArrayRecordComponent")
record LevelNodes(Tensor latents, long[] tokens, LevelSpec level) {}
