package tributary.tools.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import tributary.base.Invalid;
import tributary.encode.Learner;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.models.Models;
import tributary.models.hip.HipAutoencoder;
import tributary.split.Subsequence;
import tributary.tensor.Backend;

/** Kind hip: every level, every reconstruction and the loss of a batch, sample by sample. */
final class HipCase implements CaseKind {
  @Override
  public Map<String, float[]> outputs(GoldenCase golden, Backend backend) {
    Model model = golden.model("hip");
    Map<String, Weight> inputs = inputs(golden, model);
    int batch = batch(inputs);
    Map<String, List<float[]>> parts = new LinkedHashMap<>();
    try (HipAutoencoder encoder = new HipAutoencoder(model, backend)) {
      for (int b = 0; b < batch; b++) {
        HipAutoencoder.Output output = encoder.run(sample(inputs, b, batch));
        for (int i = 0; i < output.levels().size(); i++) {
          add(parts, "level." + i, output.levels().get(i));
        }
        output.reconstructions().forEach((n, x) -> add(parts, "reconstruction." + n, x));
      }
    }
    Map<String, float[]> out = new LinkedHashMap<>();
    parts.forEach((name, samples) -> out.put(name, join(samples)));
    out.put("loss", new float[] {(float) loss(inputs, out)});
    return out;
  }

  /** Of the batch in one call. */
  @Override
  public Map<String, float[]> gradients(GoldenCase golden, Backend backend) {
    Model model = golden.model("hip");
    Map<String, Weight> inputs = inputs(golden, model);
    TreeSet<String> all = new TreeSet<>(inputs.keySet());
    List<Learner.View> views = new ArrayList<>();
    Map<String, List<Learner.Wanted>> wanted = new TreeMap<>();
    for (int b = 0; b < batch(inputs); b++) {
      TreeMap<String, Learner.Masked> view = new TreeMap<>();
      Learner.Fused whole = new Learner.Fused(b, all);
      sample(inputs, b, batch(inputs))
          .forEach(
              (name, s) -> {
                view.put(name, new Learner.Masked(s, null));
                wanted
                    .computeIfAbsent(name, n -> new ArrayList<>())
                    .add(new Learner.Wanted(whole, IntStream.range(0, s.tokens()).toArray()));
              });
      views.add(new Learner.View(view));
    }
    try (Learner learner = Models.learner(model, backend)) {
      return Reconstruction.gradients(learner, backend, views, wanted, inputs);
    }
  }

  private static Map<String, Weight> inputs(GoldenCase golden, Model model) {
    Map<String, Weight> inputs = new LinkedHashMap<>();
    for (String name : model.config().modalities().keySet()) {
      Weight w = golden.input(name);
      if (w.shape().length != 3) {
        throw Invalid.argument("input", "shape " + w.shapeText(), "[batch, length, channels]");
      }
      inputs.put(name, w);
    }
    return inputs;
  }

  private static int batch(Map<String, Weight> inputs) {
    return (int) inputs.values().iterator().next().shape()[0];
  }

  private static Map<String, Subsequence> sample(Map<String, Weight> inputs, int b, int batch) {
    Map<String, Subsequence> record = new LinkedHashMap<>();
    inputs.forEach(
        (name, w) -> {
          int size = w.values().length / batch;
          float[] own = Arrays.copyOfRange(w.values(), b * size, (b + 1) * size);
          long[] shape = {w.shape()[1], w.shape()[2]};
          record.put(name, ElasticCase.subsequence(name, new Weight(shape, own)));
        });
    return record;
  }

  /** Mean over the modalities of the mean squared error. */
  private static double loss(Map<String, Weight> inputs, Map<String, float[]> out) {
    double total = 0;
    for (Map.Entry<String, Weight> e : inputs.entrySet()) {
      float[] x = e.getValue().values();
      float[] made = out.getOrDefault("reconstruction." + e.getKey(), new float[x.length]);
      double sum = 0;
      for (int i = 0; i < x.length; i++) {
        double d = (double) made[i] - x[i];
        sum += d * d;
      }
      total += sum / x.length;
    }
    return total / inputs.size();
  }

  private static void add(Map<String, List<float[]>> parts, String name, float[] x) {
    parts.computeIfAbsent(name, n -> new ArrayList<>()).add(x);
  }

  private static float[] join(List<float[]> samples) {
    int size = samples.get(0).length;
    float[] all = new float[samples.size() * size];
    for (int b = 0; b < samples.size(); b++) {
      System.arraycopy(samples.get(b), 0, all, b * size, size);
    }
    return all;
  }
}
