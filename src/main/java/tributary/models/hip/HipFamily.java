package tributary.models.hip;

import java.util.List;
import tributary.config.Fields;
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

/** Hierarchical Perceiver. */
public final class HipFamily implements Family {
  private static final String ENCODER = "hip";

  @Override
  public String name() {
    return ENCODER;
  }

  @Override
  public ModelConfig read(Fields fields) {
    return HipFields.read(fields);
  }

  @Override
  public Encoder encoder(Model model, Backend backend) {
    return new HipEncoder(model, backend);
  }

  @Override
  public Autoencoder autoencoder(Model model, Backend backend) {
    return new HipAutoencoder(model, backend);
  }

  @Override
  public Explainer explainer(Model model, Backend backend) {
    return new HipShares(model, backend);
  }

  @Override
  public Learner learner(Model model, Backend backend) {
    return new HipLearner(model, backend);
  }

  @Override
  public List<OnnxGraph> graphs(Model model) {
    return List.of(new HipGraph(model, config(model)).whole());
  }

  @Override
  public OnnxGuide guide(Model model) {
    HipConfig config = config(model);
    StringBuilder lengths = new StringBuilder();
    config
        .modalities()
        .keySet()
        .forEach(m -> lengths.append("- `%s`: %d\n".formatted(m, config.length(m))));
    return OnnxGuide.of(
        "One call gives the embeddings of a batch. Each modality is filled up to its length by the"
            + " caller, with zeros, a text with the id 256; an absent one is filled wholly.\n\n"
            + lengths);
  }

  private static HipConfig config(Model model) {
    return model.config(HipConfig.class, ENCODER);
  }
}
