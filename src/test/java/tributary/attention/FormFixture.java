package tributary.attention;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Normal;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;
import tributary.tensor.nd4j.TestBackends;

/** Random weights under the names that forms ask for, and their surroundings on every backend. */
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

  /** A persistent memory of so many rows, or RETRO's null key and value: `kind` with its axes. */
  public FormFixture keysAndValues(String kind, long... shape) {
    return add(kind + ".key", shape).add(kind + ".value", shape);
  }

  private FormFixture mlp(String name, int channels, int hidden) {
    return norm(name + ".mlp_norm", channels)
        .linear(name + ".mlp.hidden", channels, hidden)
        .linear(name + ".mlp.output", hidden, channels);
  }

  /** A Perceiver's block that attends to its inputs. */
  public FormFixture cross(String name, int queries, int inputs, int inner, int hidden) {
    return norm(name + ".query_norm", queries)
        .norm(name + ".input_norm", inputs)
        .attention(name + ".attention", queries, inputs, inner)
        .mlp(name, queries, hidden);
  }

  /** A Perceiver's block that attends to itself. */
  public FormFixture self(String name, int channels, int inner, int hidden) {
    return norm(name + ".norm", channels)
        .attention(name + ".attention", channels, channels, inner)
        .mlp(name, channels, hidden);
  }

  /** Both sides and steps of SelfDoc. */
  public FormFixture selfDoc(String prefix, int channels) {
    for (String side : List.of("a", "b")) {
      for (String step : List.of("odd", "cross")) {
        String name = prefix + side + "." + step;
        attention(name, channels, channels, channels).norm(name + "_norm", channels);
      }
    }
    return this;
  }

  /** A branch of CrossViT, of width `own`, that attends to the other one. */
  public FormFixture branch(String name, int own, int other, int inner) {
    return norm(name + ".project_norm", own)
        .linear(name + ".project", own, other)
        .norm(name + ".norm", other)
        .attention(name + ".attention", other, other, inner)
        .norm(name + ".back_norm", other)
        .linear(name + ".back", other, own);
  }

  /** PyTorch's decoder layer. */
  public FormFixture decoderLayer(String name, int channels, int hidden) {
    for (String attention : List.of(name + ".self_attn", name + ".multihead_attn")) {
      add(attention + ".in_proj_weight", 3 * channels, channels);
      add(attention + ".in_proj_bias", 3 * channels);
      linear(attention + ".out_proj", channels, channels);
    }
    norm(name + ".norm1", channels).norm(name + ".norm2", channels).norm(name + ".norm3", channels);
    return linear(name + ".linear1", channels, hidden).linear(name + ".linear2", hidden, channels);
  }

  /** Hugging Face's BERT layer with cross-attention. */
  public FormFixture bertLayer(String name, int channels, int hidden) {
    for (String attention : List.of(name + ".attention", name + ".crossattention")) {
      for (String part : List.of("self.query", "self.key", "self.value", "output.dense")) {
        linear(attention + "." + part, channels, channels);
      }
      norm(attention + ".output.LayerNorm", channels);
    }
    return linear(name + ".intermediate.dense", channels, hidden)
        .linear(name + ".output.dense", hidden, channels)
        .norm(name + ".output.LayerNorm", channels);
  }

  public float[] values(int n) {
    return Normal.values(n, 0.5, random);
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
}
