package tributary.attention;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.TestBackends;

/** Random weights by name, and a form's surroundings on every backend. */
public final class FormFixture {
  public final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Random random;

  public FormFixture(long seed) {
    this.random = new Random(seed);
  }

  public FormFixture add(String name, long... shape) {
    int size = 1;
    for (long n : shape) {
      size = Math.toIntExact(size * n);
    }
    weights.put(name, new Weight(shape, values(size)));
    return this;
  }

  public FormFixture linear(String name, int inputs, int outputs) {
    return add(name + ".weight", outputs, inputs).add(name + ".bias", outputs);
  }

  public FormFixture norm(String name, int channels) {
    return add(name + ".weight", channels).add(name + ".bias", channels);
  }

  public FormFixture attention(String name, int query, int context, int inner) {
    return linear(name + ".query", query, inner)
        .linear(name + ".key", context, inner)
        .linear(name + ".value", context, inner)
        .linear(name + ".output", inner, query);
  }

  public float[] values(int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (random.nextGaussian() * 0.5);
    }
    return x;
  }

  public Tensor upload(Scope scope, int groups, int rows, int channels) {
    return scope.upload(new Shape(groups, rows, channels), values(groups * rows * channels), 0);
  }

  /** Runs on every backend. */
  public void onEveryBackend(BiConsumer<Weights, Scope> test) {
    for (Backend backend : TestBackends.all()) {
      try (backend;
          Weights uploaded = new Weights(weights, backend);
          Scope scope = backend.open(0)) {
        test.accept(uploaded, scope);
      }
    }
  }

  public static float[] download(Scope scope, Tensor x) {
    float[] values = new float[(int) x.shape().size()];
    scope.download(x, values, 0);
    return values;
  }
}
