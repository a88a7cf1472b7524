package tributary.tools.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.models.bert.BertConfig;

/**
 * Hugging Face's BERT: its config.json to {@link BertConfig}. Its tensors keep their names, but for
 * the prefix `bert.` and for gamma and beta, as old checkpoints call the weight and bias of a layer
 * norm. Which heads there are follows from the tensors.
 */
final class BertCheckpoint {
  private static final String DECODER = "cls.predictions.decoder";

  /** Copies of other tensors and numbers 0, 1, 2, ... that old files hold. */
  private static final Set<String> IGNORED =
      Set.of(
          "embeddings.position_ids",
          "embeddings.token_type_ids",
          DECODER + ".weight",
          DECODER + ".bias");

  private BertCheckpoint() {}

  static BertConfig config(JsonNode json, Collection<String> names, Problems problems) {
    HuggingFaceFields f = new HuggingFaceFields(json, problems);
    f.oneOf("position_embedding_type", List.of("absolute"), "absolute");
    boolean tied = f.truth("tie_word_embeddings", true);
    boolean decoder = f.truth("is_decoder", false);
    BertConfig config =
        new BertConfig(
            f.whole("vocab_size", 30522),
            f.whole("max_position_embeddings", 512),
            f.whole("type_vocab_size", 2),
            f.whole("hidden_size", 768),
            f.whole("num_hidden_layers", 12),
            f.whole("num_attention_heads", 12),
            f.whole("intermediate_size", 3072),
            f.activation(),
            f.positive("layer_norm_eps", 1e-12),
            decoder && f.truth("add_cross_attention", false),
            decoder,
            any(names, "pooler.dense.weight"),
            tied && any(names, "cls.predictions.bias"),
            any(names, "cls.seq_relationship.weight"));
    config.check("", problems);
    return config;
  }

  private static boolean any(Collection<String> names, String end) {
    return names.stream().anyMatch(n -> n.endsWith(end));
  }

  /**
   * Language heads that are no copies: what is in their names is left out only where it says the
   * same as what is kept.
   */
  static void heads(JsonNode json, Map<String, Safetensors> tensors, List<String> faults) {
    boolean tied = json.path("tie_word_embeddings").asBoolean(true);
    copy(DECODER + ".weight", "embeddings.word_embeddings.weight", tied, tensors, faults);
    copy(DECODER + ".bias", "cls.predictions.bias", tied, tensors, faults);
  }

  private static void copy(
      String head, String of, boolean tied, Map<String, Safetensors> tensors, List<String> faults) {
    Weight own = named(head, tensors);
    Weight kept = named(of, tensors);
    if (own == null || tied && kept != null && Arrays.equals(own.values(), kept.values())) {
      return;
    }
    faults.add(
        head
            + (tied
                ? " differs from " + of + ", which it is tied to"
                : " is a head of its own (tie_word_embeddings false)")
            + ": no class here has an untied language head; save the model without its heads"
            + " (BertModel.from_pretrained, save_pretrained)");
  }

  private static @Nullable Weight named(String bare, Map<String, Safetensors> tensors) {
    for (Map.Entry<String, Safetensors> e : tensors.entrySet()) {
      if (bare(e.getKey()).equals(bare)) {
        return e.getValue().weight(e.getKey());
      }
    }
    return null;
  }

  static boolean ignored(String name) {
    return IGNORED.contains(bare(name));
  }

  static String ours(String name) {
    return bare(name)
        .replaceFirst("LayerNorm\\.gamma$", "LayerNorm.weight")
        .replaceFirst("LayerNorm\\.beta$", "LayerNorm.bias");
  }

  private static String bare(String name) {
    return name.startsWith("bert.") ? name.substring("bert.".length()) : name;
  }
}
