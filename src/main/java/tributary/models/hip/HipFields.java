package tributary.models.hip;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tributary.config.Fields;
import tributary.model.ModalityFields;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;
import tributary.model.Positions;

/** Mapping <-> configuration of Hierarchical Perceiver. */
final class HipFields {
  private HipFields() {}

  public static HipConfig read(Fields f) {
    HipPreset preset =
        f.has("preset") ? HipPreset.of(f.oneOf("preset", HipPreset.keys(), null)) : null;
    if (preset == null) {
      f.oneOf("preset", HipPreset.keys(), "");
    }
    List<Integer> groups = f.wholes("num_groups", 1, preset == null ? null : preset.groups);
    List<Integer> ones = Collections.nCopies(groups.size(), 1);
    List<Integer> fours = Collections.nCopies(groups.size(), 4);
    Map<String, Integer> lengths = new LinkedHashMap<>();
    Map<String, ModalitySpec> modalities = ModalityFields.all(f, lengths);
    int longest = lengths.values().stream().mapToInt(n -> n).max().orElse(1);
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
        Positions.read(f, "the longest length", longest),
        modalities,
        Collections.unmodifiableMap(lengths),
        f.oneOf("regroup_type", HipConfig.REGROUP_TYPES, HipConfig.REGROUP_TYPES.get(0)),
        f.words("label_modalities"),
        f.truth("decoder", true));
  }

  /** Defaults that came later are not written: hashes of models from before them stay. */
  static void write(HipConfig c, ObjectNode to) {
    c.perLevel().forEach((key, values) -> values.forEach(to.withArray(key)::add));
    to.put("num_embedding_channels", c.numEmbeddingChannels());
    to.put("activation", c.activation()).put("position_projection", c.positionProjection());
    c.positions().write(to);
    if (c.transposes()) {
      to.put("regroup_type", c.regroupType());
    }
    if (!c.labelModalities().isEmpty()) {
      c.labelModalities().forEach(to.putArray("label_modalities")::add);
    }
    if (!c.decoder()) {
      to.put("decoder", false);
    }
    ArrayNode modalities = to.putArray("modalities");
    for (Map.Entry<String, ModalitySpec> m : c.modalities().entrySet()) {
      ObjectNode one = modalities.addObject().put("name", m.getKey());
      one.put("length", c.length(m.getKey()));
      ModalityFields.write(m.getValue(), one);
    }
  }
}
