package tributary.models.perceiverio;

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

/** Perceiver IO. */
public final class PerceiverIoFamily implements Family {
  private static final String ENCODER = "perceiver-io";

  @Override
  public String name() {
    return ENCODER;
  }

  @Override
  public ModelConfig read(Fields fields) {
    return PerceiverIoFields.read(fields);
  }

  @Override
  public Encoder encoder(Model model, Backend backend) {
    return new PerceiverIoEncoder(model, backend);
  }

  @Override
  public Autoencoder autoencoder(Model model, Backend backend) {
    throw new Refused(
        List.of(
            "Cannot reconstruct records: perceiver-io is decoded by its task's queries, as a"
                + " library call"));
  }

  @Override
  public Explainer explainer(Model model, Backend backend) {
    if (config(model).task() instanceof PerceiverTask.ConvImage) {
      throw new Refused(
          List.of(
              "Cannot explain encoder perceiver-io with task image_conv: its inputs are no pixels"
                  + " but what a convolution made of them (the other tasks are explained)"));
    }
    return new PerceiverIoShares(model, backend);
  }

  @Override
  public Learner learner(Model model, Backend backend) {
    return new PerceiverIoLearner(model, backend);
  }

  @Override
  public List<OnnxGraph> graphs(Model model) {
    return new PerceiverIoGraphs(model, config(model)).all();
  }

  @Override
  public OnnxGuide guide(Model model) {
    return OnnxGuide.of(
        "`encoder` gives `embedding`, the mean of `latents`; a job embeds a text of `[CLS]` (4), its"
            + " UTF-8 bytes + 6 and `[SEP]` (5), or a picture. `decoder`, where there is one, goes on"
            + " from `latents`.\n");
  }

  private static PerceiverIoConfig config(Model model) {
    return model.config(PerceiverIoConfig.class, ENCODER);
  }
}
