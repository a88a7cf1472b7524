package tributary.models.bert;

import java.util.List;
import java.util.Locale;
import tributary.base.Invalid;
import tributary.config.Fields;
import tributary.config.Problems.Refused;
import tributary.encode.Autoencoder;
import tributary.encode.Encoder;
import tributary.encode.Explainer;
import tributary.encode.Family;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGuide;
import tributary.onnx.OnnxNetworks;
import tributary.tensor.Activation;
import tributary.tensor.Backend;

/** BERT: weights for attention forms and programs, and a graph. */
public final class BertFamily implements Family {
  private static final String ENCODER = "bert";

  @Override
  public String name() {
    return ENCODER;
  }

  @Override
  public ModelConfig read(Fields fields) {
    return BertConfig.read(fields);
  }

  @Override
  public Encoder encoder(Model model, Backend backend) {
    throw Invalid.argument("encoder", "bert", "one whose tokens are the job's, to encode records");
  }

  @Override
  public Autoencoder autoencoder(Model model, Backend backend) {
    throw new Refused(
        List.of("Cannot reconstruct records: bert's word pieces are no tokens of the job"));
  }

  @Override
  public Explainer explainer(Model model, Backend backend) {
    throw new Refused(List.of("Cannot explain encoder bert: it encodes no records"));
  }

  @Override
  public List<OnnxGraph> graphs(Model model) {
    BertConfig c = model.config(BertConfig.class, ENCODER);
    if (!c.crossAttention() || !c.causal()) {
      throw new Refused(
          List.of(
              "Cannot export model: bert with cross_attention "
                  + c.crossAttention()
                  + " and causal "
                  + c.causal()
                  + " has no ONNX form (with both true it has)"));
    }
    Activation activation = Activation.valueOf(c.activation().toUpperCase(Locale.ROOT));
    float epsilon = (float) c.epsilon();
    return List.of(
        OnnxNetworks.bertDecoder(model.weights(), "", c.layers(), c.heads(), activation, epsilon)
            .masked("encoded_mask")
            .graph());
  }

  @Override
  public OnnxGuide guide(Model model) {
    return OnnxGuide.of("One call gives the last hidden states of a batch of sequences.\n");
  }
}
