package tributary.tensor;

/** Element-wise non-linearities, by the names that model configurations use. */
public enum Activation {
  /** x */
  NONE,
  /** max(x, 0) */
  RELU,
  /** max(x, 0)^2 (Hierarchical Perceiver) */
  SQUARED_RELU,
  /** x (1 + erf(x / sqrt 2)) / 2 (Hugging Face, PyTorch) */
  GELU,
  /** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 (DeepMind's Perceiver) */
  GELU_TANH
}
