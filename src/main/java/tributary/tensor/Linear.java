package tributary.tensor;

import org.jspecify.annotations.Nullable;

/**
 * y = x W^T + b.
 *
 * @param weight [1, out, in]
 * @param bias [1, 1, out], or null for none
 */
public record Linear(Tensor weight, @Nullable Tensor bias) {
  public int inputs() {
    return weight.shape().channels();
  }

  public int outputs() {
    return weight.shape().rows();
  }
}
