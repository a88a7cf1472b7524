package tributary.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.Fields;
import tributary.config.Problems;

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
          case "hip" -> hip(f, problems);
          case "perceiver-io" -> PerceiverFields.io(f, modalities(f, problems, null));
          case "bert" -> BertConfig.read(f);
          case "perceiver" -> PerceiverFields.perceiver(f, modalities(f, problems, null));
          default -> elastic(f, problems);
        };
    f.refuseUnknown();
    return config;
  }

  private static ElasticConfig elastic(Fields f, Problems problems) {
    int groupSize = f.whole("group_size", 1);
    int fanIn = f.whole("fan_in", 2);
    Fields fusion = f.mapping("fusion");
    FusionForm form = FusionForm.parse(fusion);
    return new ElasticConfig(
        groupSize,
        fanIn,
        f.whole("embedding_channels", 1),
        f.mappings("levels").stream().map(ModelFields::level).toList(),
        level(f.mapping("merge")),
        level(fusion),
        form,
        f.whole("embedding_dim", 1),
        f.oneOf("activation", ModelConfig.ACTIVATIONS, "squared_relu"),
        f.whole("self_widening", 1, 4),
        f.whole("cross_widening", 1, 1),
        f.whole("decoder_heads", 1, 1),
        modalities(f, problems, null));
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

  private static HipConfig hip(Fields f, Problems problems) {
    HipPreset preset =
        f.has("preset") ? HipPreset.of(f.oneOf("preset", HipPreset.keys(), null)) : null;
    if (preset == null) {
      f.oneOf("preset", HipPreset.keys(), "");
    }
    List<Integer> groups = f.wholes("num_groups", 1, preset == null ? null : preset.groups);
    List<Integer> ones = Collections.nCopies(groups.size(), 1);
    List<Integer> fours = Collections.nCopies(groups.size(), 4);
    Map<String, Integer> lengths = new LinkedHashMap<>();
    return new HipConfig(
        groups,
        f.wholes("num_self_attends_per_block", 0, preset == null ? null : preset.selfLayers),
        f.wholes("z_index_dim", 1, preset == null ? null : preset.latents),
        f.wholes("num_z_channels", 1, preset == null ? null : preset.channels),
        f.wholes("num_cross_attend_heads", 1, ones),
        f.wholes("num_self_attend_heads", 1, preset == null ? null : preset.heads),
        f.wholes("cross_attend_widening_factor", 1, ones),
        f.wholes("self_attend_widening_factor", 1, fours),
        f.whole("num_embedding_channels", 1, preset == null ? null : preset.embedding),
        f.oneOf("activation", ModelConfig.ACTIVATIONS, "squared_relu"),
        f.truth("position_projection", true),
        modalities(f, problems, lengths),
        Collections.unmodifiableMap(lengths),
        f.oneOf("regroup_type", HipConfig.REGROUP_TYPES, HipConfig.REGROUP_TYPES.get(0)),
        f.words("label_modalities"));
  }

  /** The modalities by name, in the order of the file; `lengths` is filled where it is given. */
  private static Map<String, ModalitySpec> modalities(
      Fields f, Problems problems, @Nullable Map<String, Integer> lengths) {
    Map<String, ModalitySpec> modalities = new LinkedHashMap<>();
    for (Fields m : f.mappings("modalities")) {
      String name = m.string("name");
      int length = lengths == null ? 0 : m.whole("length", 1);
      ModalitySpec spec = ModalityFields.parse(m);
      m.refuseUnknown();
      if (modalities.putIfAbsent(name, spec) != null) {
        m.invalid("name", name, "no other modality's name");
      }
      if (lengths != null) {
        lengths.put(name, length);
      }
    }
    return Collections.unmodifiableMap(modalities);
  }
}
