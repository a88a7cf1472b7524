package tributary.tensor;

/**
 * (x - mean) / sqrt(variance + epsilon) * weight + bias over the channels of a row; two-pass
 * variance, divided by the number of channels.
 *
 * @param weight [1, 1, channels]
 * @param bias [1, 1, channels]
 */
public record LayerNorm(Tensor weight, Tensor bias, float epsilon) {}
