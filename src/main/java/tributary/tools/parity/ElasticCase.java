package tributary.tools.parity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import tributary.encode.Learner;
import tributary.model.Model;
import tributary.model.Weight;
import tributary.models.Models;
import tributary.models.elastic.ElasticAutoencoder;
import tributary.models.elastic.ElasticAutoencoder.Encoded;
import tributary.models.elastic.ElasticAutoencoder.Masked;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tokenize.TokenBlock;

/** Kind elastic: masked encoding, reconstruction, loss, and the encoding of everything. */
final class ElasticCase implements CaseKind {
  @Override
  public Map<String, float[]> outputs(GoldenCase golden, Backend backend) {
    Model model = golden.model("elastic");
    Map<String, Masked> masked = new LinkedHashMap<>();
    Map<String, Masked> everything = new LinkedHashMap<>();
    for (String name : model.config().modalities().keySet()) {
      if (!golden.hasInput(name + ".tokens")) {
        continue;
      }
      Weight tokens = golden.input(name + ".tokens");
      if (tokens.values().length > 0) {
        Subsequence s = subsequence(name, tokens);
        String visible = name + ".visible";
        masked.put(name, new Masked(s, golden.hasInput(visible) ? golden.flags(visible) : null));
        everything.put(name, new Masked(s, null));
      }
    }
    Map<String, float[]> out = new LinkedHashMap<>();
    try (ElasticAutoencoder encoder = new ElasticAutoencoder(model, backend)) {
      Encoded encoded = encoder.encode(masked);
      out.put("embedding", encoded.embedding());
      out.put("fusion", encoded.fusion());
      encoded
          .trees()
          .forEach(
              (name, tree) -> {
                out.put(name + ".leaf.0", tree.get(0).get(0));
                out.put(name + ".root", tree.get(tree.size() - 1).get(0));
              });
      Map<String, float[]> decoded = encoder.decode(masked, encoded);
      decoded.forEach((name, values) -> out.put("reconstruction." + name, values));
      out.put("loss", new float[] {(float) encoder.loss(masked, decoded)});
      out.put("embedding_all_visible", encoder.encode(everything).embedding());
    }
    return out;
  }

  /**
   * The gradient of the loss by each weight: the mean over modalities of the mean squared error
   * over their hidden tokens.
   */
  @Override
  public Map<String, float[]> gradients(GoldenCase golden, Backend backend) {
    SortedMap<String, Learner.Masked> view = new TreeMap<>();
    Model model = golden.model("elastic");
    for (String name : model.config().modalities().keySet()) {
      if (golden.hasInput(name + ".tokens") && golden.input(name + ".tokens").values().length > 0) {
        String visible = name + ".visible";
        view.put(
            name,
            new Learner.Masked(
                subsequence(name, golden.input(name + ".tokens")),
                golden.hasInput(visible) ? golden.flags(visible) : null));
      }
    }
    Learner.Fused all = new Learner.Fused(0, new TreeSet<>(view.keySet()));
    Map<String, List<Learner.Wanted>> hidden = new TreeMap<>();
    Map<String, Weight> truth = new TreeMap<>();
    view.forEach(
        (name, masked) -> {
          boolean[] visible = masked.visible();
          if (visible != null) {
            int[] tokens = IntStream.range(0, visible.length).filter(i -> !visible[i]).toArray();
            if (tokens.length > 0) {
              hidden.put(name, List.of(new Learner.Wanted(all, tokens)));
              truth.put(name, golden.input(name + ".tokens"));
            }
          }
        });
    try (Learner learner = Models.learner(model, backend)) {
      return Reconstruction.gradients(
          learner, backend, List.of(new Learner.View(view)), hidden, truth);
    }
  }

  /** tokens [n, channels]. */
  static Subsequence subsequence(String modality, Weight tokens) {
    long[] shape = tokens.shape();
    int channels = (int) shape[shape.length - 1];
    return new Subsequence(modality, 0, List.of(new TokenBlock.Values(channels, tokens.values())));
  }
}
