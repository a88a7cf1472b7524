package tributary.model;

/**
 * One level of the elastic hierarchy: cross-attend to `latents` learned latents of `channels`
 * channels, then `selfLayers` self-attention layers.
 *
 * @param latents number of latents a group (K)
 * @param channels width of a latent (C)
 * @param selfLayers self-attention layers after the cross-attend
 * @param selfHeads heads of those; must divide `channels`
 * @param crossHeads heads of the cross-attend; must divide the width of its keys
 */
public record LevelSpec(int latents, int channels, int selfLayers, int selfHeads, int crossHeads) {}
