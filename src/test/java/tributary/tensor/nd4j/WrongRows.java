package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Activation;

/** Row kernels of which one adds a little, as a kernel for another processor might. */
final class WrongRows extends ScalarRows {
  private final String wrong;

  WrongRows(String wrong) {
    this.wrong = wrong;
  }

  private void spoil(String kernel, float[] y) {
    if (kernel.equals(wrong)) {
      y[0] += 0.01f;
    }
  }

  @Override
  public void activate(
      float[] y, int rows, int channels, float @Nullable [] bias, Activation activation) {
    super.activate(y, rows, channels, bias, activation);
    spoil("activate", y);
  }

  @Override
  public void plus(float[] y, float[] residual, int rows, int channels, float @Nullable [] bias) {
    super.plus(y, residual, rows, channels, bias);
    spoil("plus", y);
  }

  @Override
  public void normalize(
      float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon) {
    super.normalize(x, rows, channels, weight, bias, epsilon);
    spoil("normalize", x);
  }

  @Override
  public void exponentials(
      float[] scores, int keys, int queries, boolean uniform, float[] sums, int at) {
    super.exponentials(scores, keys, queries, uniform, sums, at);
    spoil("exponentials", scores);
  }
}
