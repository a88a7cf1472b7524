package tributary.models;

import java.util.Map;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.models.elastic.ElasticConfig;
import tributary.models.elastic.ElasticEncoder;
import tributary.models.hip.HipConfig;
import tributary.models.hip.HipEncoder;
import tributary.models.perceiver.PerceiverConfig;
import tributary.models.perceiver.PerceiverEncoder;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.models.perceiverio.PerceiverIoEncoder;
import tributary.tensor.Backend;

/** The encoder that a model's configuration names. */
public final class Encoders {
  private Encoders() {}

  /** Uploads the weights to the backend; the caller closes the encoder. */
  public static Encoder of(Model model, Backend backend) {
    if (model.config() instanceof ElasticConfig) {
      return new ElasticEncoder(model, backend);
    }
    if (model.config() instanceof PerceiverIoConfig) {
      return new PerceiverIoEncoder(model, backend);
    }
    if (model.config() instanceof PerceiverConfig) {
      return new PerceiverEncoder(model, backend);
    }
    if (model.config() instanceof HipConfig) {
      return new HipEncoder(model, backend);
    }
    throw new IllegalArgumentException(
        "Invalid encoder: "
            + model.config().encoder()
            + " (elastic, hip, perceiver-io or perceiver, to encode records)");
  }

  /**
   * Padded tokens over all tokens that the kernels saw: 0 for elastic, whose groups are as long as
   * their tokens.
   *
   * @param tokens seen, by modality, over `records` records
   */
  public static double paddingWaste(ModelConfig config, Map<String, Long> tokens, long records) {
    if (!(config instanceof HipConfig hip) || records == 0) {
      return 0;
    }
    long seen = tokens.values().stream().mapToLong(n -> n).sum();
    long padded = records * hip.lengths().values().stream().mapToLong(n -> n).sum();
    return 1 - (double) seen / padded;
  }
}
