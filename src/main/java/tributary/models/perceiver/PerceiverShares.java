package tributary.models.perceiver;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.attention.Perceiver;
import tributary.attention.SelfBlock;
import tributary.attention.Weights;
import tributary.encode.AttentionShares;
import tributary.encode.Explainer;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/** Where the latents of the Perceiver of 2021 look: the mean over its cross-attends. */
final class PerceiverShares implements Explainer {
  private final PerceiverConfig config;
  private final Weights weights;
  private final Backend backend;
  private final PerceiverTokens tokens;
  private final Perceiver form;

  PerceiverShares(Model model, Backend backend) {
    this.config = model.config(PerceiverConfig.class, "perceiver");
    this.weights = new Weights(model.weights(), backend);
    this.backend = backend;
    this.tokens = new PerceiverTokens(config, weights);
    this.form = PerceiverEncoder.form(config, weights);
  }

  @Override
  public String how() {
    return "The mean over passes, heads and latents of the weights of each pass's cross-attend.";
  }

  @Override
  public SortedMap<String, double[]> shares(Map<String, Subsequence> record) {
    TreeMap<String, double[]> shares = new TreeMap<>();
    TreeMap<String, float[]> inputs = new TreeMap<>();
    record.forEach(
        (modality, all) -> {
          inputs.put(modality, tokens.inputs(modality, all.tokens(), 0, tokens.values(all)));
          shares.put(modality, new double[all.tokens()]);
        });
    if (inputs.isEmpty()) {
      return shares;
    }
    double[] all = shares(joined(inputs));
    int at = 0;
    for (Map.Entry<String, double[]> e : shares.entrySet()) {
      int n = e.getValue().length;
      e.setValue(Arrays.copyOfRange(all, at, at + n));
      at += n;
    }
    return shares;
  }

  private double[] shares(float[] inputs) {
    int n = inputs.length / config.inputChannels();
    double[] mean = new double[n];
    try (Scope scope = backend.open(0)) {
      Tensor x = scope.upload(Shape.matrix(n, config.inputChannels()), inputs, 0);
      Tensor z = form.latents();
      for (Perceiver.Layer layer : form.layers()) {
        double[] own = AttentionShares.of(scope, layer.cross(), layer.cross().project(scope, z), x);
        for (int i = 0; i < n; i++) {
          mean[i] += own[i] / form.layers().size();
        }
        z = layer.cross().apply(scope, z, x);
        for (SelfBlock block : layer.selfLayers()) {
          z = block.apply(scope, z);
        }
      }
    }
    return mean;
  }

  private static float[] joined(SortedMap<String, float[]> parts) {
    int size = 0;
    for (float[] p : parts.values()) {
      size = Math.addExact(size, p.length);
    }
    float[] all = new float[size];
    int at = 0;
    for (float[] p : parts.values()) {
      System.arraycopy(p, 0, all, at, p.length);
      at += p.length;
    }
    return all;
  }

  @Override
  public void close() {
    weights.close();
  }
}
