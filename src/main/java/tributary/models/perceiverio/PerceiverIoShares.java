package tributary.models.perceiverio;

import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tributary.encode.Explainer;
import tributary.encode.Rows;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tensor.Scope;

/**
 * Where the latents of Perceiver IO look: its one cross-attend. What a text's [CLS] and [SEP] get
 * is left out, and the rest scaled to 1.
 */
final class PerceiverIoShares implements Explainer {
  private final PerceiverIoModel model;
  private final Backend backend;
  private final ModalitySpec.@Nullable Pixels pixels;

  public PerceiverIoShares(Model model, Backend backend) {
    this.model = new PerceiverIoModel(model, backend);
    this.backend = backend;
    this.pixels = this.model.config().pixels();
  }

  @Override
  public String how() {
    return "The mean over heads and latents of the cross-attend's weights, without what a text's"
        + " [CLS] and [SEP] get.";
  }

  @Override
  public SortedMap<String, double[]> shares(Map<String, Subsequence> record) {
    TreeMap<String, double[]> shares = new TreeMap<>();
    record.forEach((modality, tokens) -> shares.put(modality, of(tokens)));
    return shares;
  }

  private double[] of(Subsequence tokens) {
    ModalitySpec spec = model.config().modality(tokens.modality());
    try (Scope scope = backend.open(0)) {
      if (pixels != null) {
        int side = pixels.size();
        float[] values = PerceiverIoEncoder.values(pixels, Rows.of(tokens, spec));
        return model.shares(scope, model.inputs().picture(scope, values, side, side));
      }
      int[] ids = PerceiverIoEncoder.ids(tokens, spec);
      double[] all = model.shares(scope, model.inputs().ids(scope, ids, 1));
      double[] own = Arrays.copyOfRange(all, 1, all.length - 1);
      double total = Arrays.stream(own).sum();
      return Arrays.stream(own).map(s -> s / total).toArray();
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
