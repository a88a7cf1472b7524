package tributary.models.elastic;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

/** The elastic hierarchy. */
public final class ElasticFamily implements Family {
  private static final String ENCODER = "elastic";

  /** Forms of fusion whose latents attend to all roots side by side. */
  private static final List<String> LOOKING =
      List.of(FusionForm.CROSS_ATTENTION, FusionForm.PERSISTENT_MEMORY);

  @Override
  public String name() {
    return ENCODER;
  }

  @Override
  public ModelConfig read(Fields fields) {
    return ElasticFields.read(fields);
  }

  /** The first models knew no proportional attention, and all of them had a decoder. */
  @Override
  public void complete(ObjectNode stored) {
    if (!stored.has("proportional")) {
      stored.put("proportional", false);
    }
    if (!stored.has("decoder_heads")) {
      stored.put("decoder_heads", 1);
    }
  }

  @Override
  public Encoder encoder(Model model, Backend backend) {
    return new ElasticEncoder(model, backend);
  }

  @Override
  public Autoencoder autoencoder(Model model, Backend backend) {
    if (!config(model).decodes()) {
      throw new Refused(
          List.of(
              "Cannot reconstruct records: the model has no decoder (decoder_heads of its"
                  + " configuration gives it one, for learning)"));
    }
    return new ElasticAutoencoder(model, backend);
  }

  @Override
  public Explainer explainer(Model model, Backend backend) {
    ElasticConfig config = config(model);
    String form = config.fusionForm().form();
    boolean decoded =
        form.equals(FusionForm.TRANSFORMER_DECODER) && config.fusion().selfLayers() > 0;
    if (!decoded && !LOOKING.contains(form)) {
      throw new Refused(
          List.of(
              "Cannot explain encoder elastic with fusion form "
                  + form
                  + ": no latents of it look at each root alone (with cross-attention,"
                  + " persistent-memory or transformer-decoder they do)"));
    }
    return new ElasticAutoencoder(model, backend);
  }

  @Override
  public Learner learner(Model model, Backend backend) {
    return new ElasticLearner(model, backend);
  }

  @Override
  public List<OnnxGraph> graphs(Model model) {
    return new ElasticGraphs(model, config(model)).all();
  }

  @Override
  public OnnxGuide guide(Model model) {
    return new ElasticGuide(config(model)).guide();
  }

  private static ElasticConfig config(Model model) {
    return model.config(ElasticConfig.class, ENCODER);
  }
}
