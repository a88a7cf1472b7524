package tributary.models.perceiver;

import java.util.List;
import tributary.config.Fields;
import tributary.config.Problems.Refused;
import tributary.encode.Autoencoder;
import tributary.encode.Encoder;
import tributary.encode.Explainer;
import tributary.encode.Family;
import tributary.encode.Learner;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGuide;
import tributary.tensor.Backend;

/** Perceiver (2021). */
public final class PerceiverFamily implements Family {
  private static final String ENCODER = "perceiver";

  @Override
  public String name() {
    return ENCODER;
  }

  @Override
  public ModelConfig read(Fields fields) {
    return PerceiverFields.read(fields);
  }

  @Override
  public Encoder encoder(Model model, Backend backend) {
    return new PerceiverEncoder(model, backend);
  }

  @Override
  public Autoencoder autoencoder(Model model, Backend backend) {
    throw new Refused(
        List.of("Cannot reconstruct records: encoder perceiver has no decoder of its tokens"));
  }

  @Override
  public Explainer explainer(Model model, Backend backend) {
    return new PerceiverShares(model, backend);
  }

  @Override
  public Learner learner(Model model, Backend backend) {
    return new PerceiverLearner(model, backend);
  }

  @Override
  public List<OnnxGraph> graphs(Model model) {
    PerceiverConfig config = model.config(PerceiverConfig.class, ENCODER);
    return List.of(new PerceiverRecordGraph(model, config).whole());
  }

  @Override
  public OnnxGuide guide(Model model) {
    return OnnxGuide.of(
        "One call gives the embeddings of a batch whose records have equally many tokens of each"
            + " modality; n is 0 for an absent one. All tokens are attended to at once, so that memory"
            + " grows with latents times tokens.\n");
  }
}
