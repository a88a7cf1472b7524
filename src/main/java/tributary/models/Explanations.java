package tributary.models;

import java.util.List;
import tributary.config.Problems.Refused;
import tributary.encode.Explains;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.elastic.ElasticAutoencoder;
import tributary.models.elastic.ElasticConfig;
import tributary.models.elastic.FusionForm;
import tributary.models.hip.HipConfig;
import tributary.models.hip.HipShares;
import tributary.models.perceiver.PerceiverConfig;
import tributary.models.perceiver.PerceiverShares;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.models.perceiverio.PerceiverIoShares;
import tributary.models.perceiverio.PerceiverTask;
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
