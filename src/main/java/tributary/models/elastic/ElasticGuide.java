package tributary.models.elastic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tributary.model.ModalitySpec;
import tributary.onnx.OnnxGuide;

/**
 * How the steps of {@link ElasticGraphs} are chained, in words and as a program in Python that
 * makes a record by formula, embeds it and compares with `example.json`. A test runs it.
 * Differences are over the largest value, as golden cases compare: of a learnt model's embedding of
 * 29 at most our own kernels differ from the oracle by 1.5e-5 of the single value, by 5e-7 of the
 * largest.
 */
final class ElasticGuide {
  private final ElasticConfig config;

  ElasticGuide(ElasticConfig config) {
    this.config = config;
  }

  OnnxGuide guide() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("group_size", String.valueOf(config.groupSize()));
    metadata.put("fan_in", String.valueOf(config.fanIn()));
    metadata.put("levels", String.valueOf(config.levels().size()));
    metadata.put("proportional", String.valueOf(config.proportional()));
    metadata.put("fusion_form", config.fusionForm().form());
    return new OnnxGuide(metadata, words() + "\n```python\n" + program() + "```\n");
  }

  private String words() {
    StringBuilder levels = new StringBuilder();
    for (int i = 1; i < config.levels().size(); i++) {
      levels.append("`level.").append(i).append("`, ");
    }
    String fixed =
        levels.isEmpty()
            ? "While a modality has more than one node, `merge` joins"
            : "Then " + levels + "each once, joins";
    String merge =
        levels.isEmpty()
            ? ""
            : " `merge` does so again and again while a modality has more than one node.";
    String fills =
        config.proportional()
            ? " `fills` is of each child the tokens below it over the tokens that a node of its level"
                + " can hold, group_size x fan_in^level, all above 0."
            : "";
    return """
        1. The tokens of a modality are cut into groups of %d; the last may be shorter. `leaf.MODALITY` gives each group's latents: a node.
        2. %s every %d consecutive nodes of a modality to one; the last may have fewer.%s%s
        3. One node per modality is left, its root. `fusion` makes the embedding of the roots of the modalities present: %s.

        Groups of equal shapes may go through a step together, as its batch. `example.json` has of a record by formula the number of tokens per modality and the \
        embedding that the model's own kernels gave. This program makes the record, chains the steps and compares. Values of an embedding differ by \
        float32 sums in another order, so that their difference is measured by the largest of them:
        """
        .formatted(config.groupSize(), fixed, config.fanIn(), merge, fills, roots());
  }

  private String roots() {
    String order = "the modalities' order is that of the table above, as in config.json";
    return switch (config.fusionForm().form()) {
      case FusionForm.SELFDOC, FusionForm.CROSSVIT, FusionForm.FILM ->
          "`roots` [batch, modalities, K, C], zeros for an absent one; " + order;
      case FusionForm.RETRO ->
          "`roots` [batch, modalities, rows, C], rows those of the root with most latents, and `real`"
              + " [batch, modalities, rows], false where a root has no row; "
              + order;
      default ->
          "`roots` [batch, rows, C], their latents one after the other, and `modalities` [rows], the"
              + " number of each row's modality; "
              + order;
    };
  }

  private static String list(List<String> names) {
    return names.stream()
        .map(n -> "\"" + n.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private String program() {
    Map<String, ModalitySpec> modalities = config.modalities();
    String channels =
        modalities.values().stream()
            .map(s -> s instanceof ModalitySpec.Text ? "0" : String.valueOf(s.channels()))
            .collect(Collectors.joining(", ", "[", "]"));
    return """
        import json, sys
        import numpy as np, onnxruntime as ort

        FOLDER = sys.argv[1] if len(sys.argv) > 1 else "."
        GROUP, FAN_IN, LEVELS, C = %d, %d, %d, %d
        MODALITIES = %s
        CHANNELS = %s  # of a token; 0 for bytes

        steps = {}

        def run(step, **inputs):
            if step not in steps:
                steps[step] = ort.InferenceSession(f"{FOLDER}/{step}.onnx", providers=["CPUExecutionProvider"])
            return steps[step].run(None, inputs)[0]

        def root(modality, tokens):  # float32 [n, channels], bytes int64 [n]
            groups = [tokens[None, i:i + GROUP] for i in range(0, len(tokens), GROUP)]
            nodes = [run("leaf." + modality, tokens=g) for g in groups]
            counts, full, level = [g.shape[1] for g in groups], GROUP, 0
            while level < LEVELS - 1 or len(nodes) > 1:
                level += 1
                step = f"level.{level}" if level < LEVELS else "merge"
                parents, starts = [], range(0, len(nodes), FAN_IN)
                for i in starts:
                    children = np.stack(nodes[i:i + FAN_IN], axis=1)
        %s        counts, nodes, full = [sum(counts[i:i + FAN_IN]) for i in starts], parents, full * FAN_IN
            return nodes[0]

        def embedding(record):
            roots = {m: root(m, record[m]) for m in MODALITIES if m in record}
        %s
        if __name__ == "__main__":
            example = json.load(open(f"{FOLDER}/example.json"))
            record = {}
            for i, (m, channels) in enumerate(zip(MODALITIES, CHANNELS)):
                t = np.arange(example["tokens"][m])
                grid = (t[:, None] * 7 + np.arange(channels) * 13 + i) %% 17 - 8
                record[m] = grid.astype(np.float32) / 8 if channels else (t * 7 + i) %% 256
            expected = np.array(example["embedding"])
            difference = np.abs(embedding(record)[0] - expected).max() / max(1, np.abs(expected).max())
            print(f"largest difference {difference:.1e} of max(1, largest |x|)")
            sys.exit(0 if difference <= 1e-5 else 1)
        """
        .formatted(
            config.groupSize(),
            config.fanIn(),
            config.levels().size(),
            config.last().channels(),
            list(List.copyOf(modalities.keySet())),
            channels,
            parent().indent(12),
            fusion().indent(4));
  }

  private String parent() {
    return config.proportional()
        ? """
        fills = np.array([counts[i:i + FAN_IN]], np.float32) / np.float32(full)
        parents.append(run(step, children=children, fills=fills))
        """
        : "parents.append(run(step, children=children))";
  }

  private String fusion() {
    return switch (config.fusionForm().form()) {
      case FusionForm.SELFDOC, FusionForm.CROSSVIT, FusionForm.FILM ->
          """
          absent = np.zeros((1, %d, C), np.float32)
          return run("fusion", roots=np.stack([roots.get(m, absent) for m in MODALITIES], axis=1))
          """
              .formatted(config.last().latents());
      case FusionForm.RETRO ->
          """
          most = max((r.shape[1] for r in roots.values()), default=1)
          filled = np.zeros((1, len(MODALITIES), most, C), np.float32)
          real = np.zeros(filled.shape[:3], bool)
          for m, r in roots.items():
              filled[:, MODALITIES.index(m), :r.shape[1]] = r
              real[:, MODALITIES.index(m), :r.shape[1]] = True
          return run("fusion", roots=filled, real=real)
          """;
      default ->
          """
          rows = np.concatenate([np.zeros((1, 0, C), np.float32), *roots.values()], axis=1)
          numbers = [MODALITIES.index(m) for m, r in roots.items() for _ in range(r.shape[1])]
          return run("fusion", roots=rows, modalities=np.array(numbers, np.int64))
          """;
    };
  }
}
