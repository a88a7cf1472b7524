package tributary.encode;

import java.util.List;
import tributary.config.Problems.Refused;
import tributary.model.ElasticConfig;
import tributary.model.FusionForm;
import tributary.model.HipConfig;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.PerceiverConfig;
import tributary.model.PerceiverIoConfig;
import tributary.model.PerceiverTask;
import tributary.tensor.Backend;

/** What explains the embeddings of a model. */
public final class Explanations {
  /** Forms of fusion whose latents attend to all roots side by side. */
  private static final List<String> LOOKING =
      List.of(FusionForm.CROSS_ATTENTION, FusionForm.PERSISTENT_MEMORY);

  private Explanations() {}

  /**
   * What explains a model's embeddings.
   *
   * @throws Refused where nothing of the model attends to tokens one by one: names what is
   *     supported
   */
  public static Explains of(Model model, Backend backend) {
    ModelConfig config = model.config();
    if (config instanceof ElasticConfig elastic) {
      String form = elastic.fusionForm().form();
      boolean decoded =
          form.equals(FusionForm.TRANSFORMER_DECODER) && elastic.fusion().selfLayers() > 0;
      if (decoded || LOOKING.contains(form)) {
        return new ElasticAutoencoder(model, backend);
      }
      throw refused(
          "encoder elastic with fusion form "
              + form
              + ": no latents of it look at each root alone");
    }
    if (config instanceof PerceiverConfig) {
      return new PerceiverShares(model, backend);
    }
    if (config instanceof PerceiverIoConfig io && !(io.task() instanceof PerceiverTask.ConvImage)) {
      return new PerceiverIoShares(model, backend);
    }
    if (config instanceof HipConfig hip && hip.labelModalities().isEmpty() && !hip.transposes()) {
      return new HipShares(model, backend);
    }
    throw refused("encoder " + config.encoder() + " of this configuration");
  }

  private static Refused refused(String what) {
    return new Refused(
        List.of(
            "Cannot explain "
                + what
                + " (elastic with fusion form cross-attention, persistent-memory or"
                + " transformer-decoder, perceiver, perceiver-io but for image_conv, and hip without labels and transposed groups"
                + " are explained)"));
  }
}
