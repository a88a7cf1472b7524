package tributary.tools.parity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.model.Model;
import tributary.model.Weight;
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

  /** tokens [n, channels]. */
  static Subsequence subsequence(String modality, Weight tokens) {
    long[] shape = tokens.shape();
    int channels = (int) shape[shape.length - 1];
    return new Subsequence(modality, 0, List.of(new TokenBlock.Values(channels, tokens.values())));
  }
}
