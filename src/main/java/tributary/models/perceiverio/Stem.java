package tributary.models.perceiverio;

import tributary.attention.Weights;
import tributary.base.Invalid;
import tributary.models.perceiverio.PerceiverTask.ConvImage;
import tributary.tensor.Activation;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** The convolution stem of the conv checkpoint. */
final class Stem {
  private static final float EPSILON = 1e-5f;
  private static final int POOL = 3;
  private final Weights weights;

  Stem(Weights weights) {
    this.weights = weights;
  }

  private static int convolved(int n) {
    return (n - 1) / 2 + 1;
  }

  /** 224 gives 112 convolved, 55 pooled. */
  static int side(int n) {
    return (convolved(n) - POOL) / 2 + 1;
  }

  /** pixels [height, width, 3] to [side(height) * side(width), 64]. */
  float[] apply(Scope scope, float[] pixels, int height, int width) {
    if (convolved(height) < POOL || convolved(width) < POOL) {
      throw Invalid.argument("picture", height + " x " + width, "at least 5 x 5");
    }
    int h = convolved(height);
    int w = convolved(width);
    int k = ConvImage.KERNEL;
    float[] columns = new float[Math.multiplyExact(h * w, 3 * k * k)];
    for (int i = 0; i < h * w; i++) {
      for (int c = 0; c < 3 * k * k; c++) {
        int y = i / w * 2 - k / 2 + c / k % k;
        int x = i % w * 2 - k / 2 + c % k;
        if (y >= 0 && y < height && x >= 0 && x < width) {
          columns[i * 3 * k * k + c] = pixels[(y * width + x) * 3 + c / (k * k)];
        }
      }
    }
    Tensor in = scope.upload(Shape.matrix(h * w, 3 * k * k), columns, 0);
    float[] y =
        scope.values(scope.linear(in, weights.linear("input.convolution"), Activation.NONE));
    normalize(y);
    return pool(y, h, w);
  }

  /** Batch norm with the running statistics, then relu. */
  private void normalize(float[] y) {
    float[] scale = weights.values("input.norm.weight");
    float[] shift = weights.values("input.norm.bias");
    float[] mean = weights.values("input.norm.mean");
    float[] variance = weights.values("input.norm.variance");
    for (int i = 0; i < y.length; i++) {
      int c = i % ConvImage.CHANNELS;
      double x = (y[i] - (double) mean[c]) / Math.sqrt((double) variance[c] + EPSILON);
      y[i] = (float) Math.max(0, x * scale[c] + shift[c]);
    }
  }

  private static float[] pool(float[] y, int h, int w) {
    int ph = (h - POOL) / 2 + 1;
    int pw = (w - POOL) / 2 + 1;
    int channels = ConvImage.CHANNELS;
    float[] out = new float[ph * pw * channels];
    for (int i = 0; i < out.length; i++) {
      int at = i / channels;
      float most = 0; // relu came before
      for (int d = 0; d < POOL * POOL; d++) {
        int row = at / pw * 2 + d / POOL;
        int column = at % pw * 2 + d % POOL;
        most = Math.max(most, y[(row * w + column) * channels + i % channels]);
      }
      out[i] = most;
    }
    return out;
  }
}
