package tributary.tools.huggingface;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Hugging Face's names of Perceiver tensors -> ours. */
final class PerceiverNames {
  private static final Map<String, String> ATTENTION =
      Map.ofEntries(
          Map.entry("attention.self.query", "attention.query"),
          Map.entry("attention.self.key", "attention.key"),
          Map.entry("attention.self.value", "attention.value"),
          Map.entry("attention.output.dense", "attention.output"),
          Map.entry("layernorm", "mlp_norm"),
          Map.entry("mlp.dense1", "mlp.hidden"),
          Map.entry("mlp.dense2", "mlp.output"));

  private static final Map<String, String> WHOLE = new LinkedHashMap<>();

  static {
    WHOLE.put("embeddings.latents", "latents");
    WHOLE.put("input_preprocessor.embeddings.weight", "input.embedding");
    WHOLE.put("input_preprocessor.position_embeddings.weight", "input.positions");
    WHOLE.put("input_preprocessor.position_embeddings.position_embeddings", "input.positions");
    WHOLE.put("input_preprocessor.convnet.conv.weight", "input.convolution.weight");
    WHOLE.put("input_preprocessor.convnet.batchnorm.weight", "input.norm.weight");
    WHOLE.put("input_preprocessor.convnet.batchnorm.bias", "input.norm.bias");
    WHOLE.put("input_preprocessor.convnet.batchnorm.running_mean", "input.norm.mean");
    WHOLE.put("input_preprocessor.convnet.batchnorm.running_var", "input.norm.variance");
    for (String part : new String[] {"weight", "bias"}) {
      String dot = "." + part;
      WHOLE.put("input_preprocessor.convnet_1x1" + dot, "input.convolution" + dot);
      WHOLE.put("input_preprocessor.positions_projection" + dot, "input.projection" + dot);
      WHOLE.put("input_preprocessor.conv_after_patches" + dot, "input.patches" + dot);
      for (String m : new String[] {"audio", "image", "label"}) {
        WHOLE.put(
            "output_postprocessor.modalities." + m + ".classifier" + dot, "output." + m + dot);
      }
      WHOLE.put("decoder.final_layer" + dot, "output.final" + dot);
    }
    for (String m : new String[] {"audio", "image", "label"}) {
      WHOLE.put("input_preprocessor.padding." + m, "input.padding." + m);
      WHOLE.put("input_preprocessor.mask." + m, "input.mask." + m);
      WHOLE.put("decoder.padding." + m, "output.padding." + m);
    }
    String queries = "output_position_encodings.position_embeddings";
    WHOLE.put("decoder." + queries, "output.queries");
    WHOLE.put("decoder.modalities.label." + queries, "output.queries");
    WHOLE.put("embedding_decoder.bias", "output.bias");
  }

  /** Counters that no result depends on. */
  private static final Set<String> IGNORED =
      Set.of("input_preprocessor.convnet.batchnorm.num_batches_tracked");

  private static final Pattern SELF = Pattern.compile("encoder\\.self_attends\\.(\\d+)\\.(.+)");
  private static final String CROSS = "encoder.cross_attention.";
  private static final String DECODER = "decoder.decoding_cross_attention.";

  private PerceiverNames() {}

  /** A name without the prefixes that wrappers give it: of the task's class and of its decoder. */
  private static String bare(String name) {
    String s = name.startsWith("perceiver.") ? name.substring("perceiver.".length()) : name;
    while (s.startsWith("decoder.decoder.")) {
      s = s.substring("decoder.".length());
    }
    return s.replaceFirst(
        "^decoder\\.modalities\\.label\\.decoder\\.", "decoder.modalities.label.");
  }

  static boolean ignored(String name) {
    return IGNORED.contains(bare(name));
  }

  /** Our name, or null where there is none. */
  static @Nullable String ours(String name) {
    String s = bare(name);
    String whole = WHOLE.get(s);
    if (whole != null) {
      return whole;
    }
    Matcher self = SELF.matcher(s);
    if (self.matches()) {
      return block("self." + self.group(1), self.group(2), "norm", null);
    }
    if (s.startsWith(CROSS)) {
      return block("cross", s.substring(CROSS.length()), "query_norm", "input_norm");
    }
    if (s.startsWith(DECODER)) {
      return block("output.cross", s.substring(DECODER.length()), "query_norm", "input_norm");
    }
    return null;
  }

  private static @Nullable String block(
      String to, String part, String firstNorm, @Nullable String secondNorm) {
    int dot = part.lastIndexOf('.');
    if (dot < 0) {
      return null;
    }
    String layer = part.substring(0, dot);
    String found =
        switch (layer) {
          case "attention.self.layernorm1" -> firstNorm;
          case "attention.self.layernorm2" -> secondNorm;
          default -> ATTENTION.get(layer);
        };
    return found == null ? null : to + "." + found + part.substring(dot);
  }
}
