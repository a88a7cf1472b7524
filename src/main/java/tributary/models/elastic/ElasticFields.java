package tributary.models.elastic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import tributary.config.Fields;
import tributary.model.LevelSpec;
import tributary.model.ModalityFields;
import tributary.model.ModelConfig;
import tributary.model.Positions;

/** Mapping <-> configuration of the elastic hierarchy. */
final class ElasticFields {
  private ElasticFields() {}

  public static ElasticConfig read(Fields f) {
    int groupSize = f.whole("group_size", 1);
    int fanIn = f.whole("fan_in", 2);
    Fields fusion = f.mapping("fusion");
    FusionForm form = FusionForm.parse(fusion);
    return new ElasticConfig(
        groupSize,
        fanIn,
        f.whole("embedding_channels", 1),
        f.mappings("levels").stream().map(ElasticFields::level).toList(),
        level(f.mapping("merge")),
        level(fusion),
        form,
        f.whole("embedding_dim", 1),
        f.oneOf("activation", ModelConfig.ACTIVATIONS, "squared_relu"),
        f.whole("self_widening", 1, 4),
        f.whole("cross_widening", 1, 1),
        f.whole("decoder_heads", 0, 0),
        f.truth("proportional", true),
        Positions.read(f, "group_size", groupSize),
        ModalityFields.all(f));
  }

  private static LevelSpec level(Fields f) {
    LevelSpec level =
        new LevelSpec(
            f.whole("latents", 1),
            f.whole("channels", 1),
            f.whole("self_layers", 0),
            f.whole("self_heads", 1, 1),
            f.whole("cross_heads", 1, 1));
    f.refuseUnknown();
    return level;
  }

  static void write(ElasticConfig c, ObjectNode to) {
    to.put("group_size", c.groupSize()).put("fan_in", c.fanIn());
    to.put("embedding_channels", c.embeddingChannels());
    ArrayNode levels = to.putArray("levels");
    c.levels().forEach(l -> write(l, levels.addObject()));
    write(c.merge(), to.putObject("merge"));
    ObjectNode fusion = to.putObject("fusion");
    write(c.fusion(), fusion);
    write(c.fusionForm(), fusion);
    to.put("embedding_dim", c.embeddingDim()).put("activation", c.activation());
    to.put("self_widening", c.selfWidening()).put("cross_widening", c.crossWidening());
    to.put("decoder_heads", c.decoderHeads());
    if (c.proportional()) {
      to.put("proportional", true);
    }
    c.positions().write(to);
    ModalityFields.write(c.modalities(), to);
  }

  private static void write(LevelSpec l, ObjectNode to) {
    to.put("latents", l.latents()).put("channels", l.channels());
    to.put("self_layers", l.selfLayers()).put("self_heads", l.selfHeads());
    to.put("cross_heads", l.crossHeads());
  }

  /** The default form is not written: hashes of models from before there were others stay. */
  private static void write(FusionForm form, ObjectNode to) {
    if (form.form().equals(FusionForm.CROSS_ATTENTION)) {
      return;
    }
    to.put("form", form.form());
    if (form.chunk() > 0) {
      to.put("chunk", form.chunk());
    }
    if (form.memory() > 0) {
      to.put("memory", form.memory());
    }
    if (!form.condition().isEmpty()) {
      to.put("condition", form.condition());
    }
  }
}
