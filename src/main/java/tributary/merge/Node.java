package tributary.merge;

/**
 * The latents of one node of a modality's tree: what a subsequence leaves behind.
 *
 * @param modality name
 * @param level 0 for a leaf group
 * @param index place among the nodes of that level: leaf g holds tokens [g * group_size, (g + 1) *
 *     group_size), its parent is g / fan_in
 * @param tokens number of tokens that it holds; 0 for what is a whole record's between passes
 * @param latents [K, C] of that level, row-major
 */
@SuppressWarnings("ArrayRecordComponent")
public record Node(String modality, int level, long index, long tokens, float[] latents) {}
