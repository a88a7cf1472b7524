package tributary.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import tributary.config.Fields;
import tributary.config.Problems;
import tributary.model.ModelConfig;
import tributary.models.bert.BertConfig;
import tributary.models.elastic.ElasticFields;
import tributary.models.hip.HipFields;
import tributary.models.perceiver.PerceiverFields;
import tributary.models.perceiverio.PerceiverIoFields;

/** Mapping -> model configuration: keys, types and defaults; sizes are checked by the records. */
final class ModelFields {
  private static final List<String> ENCODERS =
      List.of("elastic", "hip", "perceiver-io", "perceiver", "bert");

  private ModelFields() {}

  static ModelConfig parse(JsonNode tree, String prefix, Problems problems) {
    Fields f = new Fields(tree, prefix, problems);
    String encoder = f.oneOf("encoder", ENCODERS, null);
    ModelConfig config =
        switch (encoder) {
          case "hip" -> HipFields.read(f);
          case "perceiver-io" -> PerceiverIoFields.read(f);
          case "bert" -> BertConfig.read(f);
          case "perceiver" -> PerceiverFields.read(f);
          default -> ElasticFields.read(f);
        };
    f.refuseUnknown();
    return config;
  }
}
