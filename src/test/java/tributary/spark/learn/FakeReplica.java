package tributary.spark.learn;

import java.util.List;
import tributary.learn.Checkpoint;
import tributary.learn.Replica;

/**
 * A small model whose gradients show every change of the order in which they are added: their
 * magnitudes differ by 2^24.
 */
class FakeReplica implements Replica {
  static final int PARAMETERS = 10_007;

  final float[] weights = new float[PARAMETERS];
  final float[] moments = new float[PARAMETERS];

  FakeReplica() {
    for (int i = 0; i < PARAMETERS; i++) {
      weights[i] = noise(0, 0, i);
    }
  }

  /** Within 2^-12 to 2^12, of either sign. */
  static float noise(long step, int shard, int i) {
    long x = step * 0x9E3779B97F4A7C15L + shard * 0xC2B2AE3D27D4EB4FL + i * 0x165667B19E3779F9L;
    x = (x ^ x >>> 29) * 0xBF58476D1CE4E5B9L;
    x ^= x >>> 32;
    float unit = (x >>> 40) * 0x1p-24f - 0.5f;
    return Math.scalb(unit, (int) (x & 31) % 25 - 12);
  }

  @Override
  public int parameters() {
    return PARAMETERS;
  }

  @Override
  public float[] forward(long step, int shard) {
    float[] out = new float[1 + (shard + (int) step) % 3];
    for (int i = 0; i < out.length; i++) {
      out[i] = weights[(shard * 997 + i) % PARAMETERS] + noise(step, shard, i);
    }
    return out;
  }

  @Override
  public double[] backward(long step, int shard, List<float[]> met, float[] gradient) {
    float seen = 0;
    for (float[] x : met) {
      seen = 0.5f * seen + x[x.length - 1];
    }
    double sum = 0;
    for (int i = 0; i < PARAMETERS; i++) {
      gradient[i] = noise(step, shard + 1, i) + 0.01f * weights[i] + 1e-3f * seen;
      sum += gradient[i] * (double) weights[i];
    }
    return new double[] {sum, seen};
  }

  @Override
  public int measures() {
    return 2;
  }

  @Override
  public void update(long step, float[] gradient, double[] losses) {
    float rate = (float) (0.01 / (1 + Math.abs(losses[1])));
    for (int i = 0; i < PARAMETERS; i++) {
      moments[i] = 0.9f * moments[i] + gradient[i];
      weights[i] -= rate * moments[i];
    }
  }

  @Override
  public Checkpoint state(long step) {
    throw new UnsupportedOperationException("kept by FileStore");
  }

  @Override
  public void restore(Checkpoint checkpoint) {
    throw new UnsupportedOperationException("kept by FileStore");
  }

  @Override
  public void close() {}
}
