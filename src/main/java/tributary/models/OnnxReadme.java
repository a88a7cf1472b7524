package tributary.models;

import java.util.List;
import java.util.Map;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.onnx.OnnxGraph;
import tributary.onnx.OnnxGuide;

/**
 * The page beside exported graphs: what they are, what goes in and out, and how they are chained.
 */
final class OnnxReadme {
  private OnnxReadme() {}

  static String of(Model model, List<OnnxGraph> graphs, OnnxGuide guide) {
    StringBuilder page = new StringBuilder("# An encoder as ONNX\n\n");
    page.append("The encoder `").append(model.config().encoder());
    page.append("` of Tributary, opset 20, standard operators only.\n\n| | |\n|---|---|\n");
    page.append(row("model hash", "`" + model.hash() + "`"));
    page.append(row("weights", model.origin() + (model.random() ? ": RANDOM weights" : "")));
    page.append(row("embedding", model.config().embeddingDim() + " values"));
    guide.metadata().forEach((name, value) -> page.append(row(name, value)));
    page.append(
        "\nEach graph's metadata (`metadata_props`) holds `encoder`, `model_hash`, `origin`, ");
    page.append("`modalities` (a JSON array in the order below), ");
    guide.metadata().keySet().forEach(name -> page.append('`').append(name).append("`, "));
    page.append("and `config`, the whole configuration as JSON.\n\n");
    modalities(model.config().modalities(), page);
    page.append("## Graphs\n\n| graph | inputs | outputs |\n|---|---|---|\n");
    graphs.forEach(
        g ->
            page.append(
                "| `%s` | %s | %s |\n"
                    .formatted(
                        g.name(),
                        String.join("<br>", g.inputs()),
                        String.join("<br>", g.outputs()))));
    return page.append("\n## From tokens to the embedding\n\n").append(guide.steps()).toString();
  }

  private static String row(String name, String value) {
    return "| " + name + " | " + value.replace("|", "\\|") + " |\n";
  }

  /** In the order of the configuration, which is that of all forms. */
  private static void modalities(Map<String, ModalitySpec> modalities, StringBuilder page) {
    if (modalities.isEmpty()) {
      return;
    }
    page.append("## Modalities\n\n| number | modality | kind | a token |\n|---|---|---|---|\n");
    int number = 0;
    for (Map.Entry<String, ModalitySpec> e : modalities.entrySet()) {
      String token =
          e.getValue() instanceof ModalitySpec.Text
              ? "a byte of the UTF-8 text, 0 to 255 (256 pad, 257 mask, 258 end)"
              : e.getValue().channels() + " values, float32";
      page.append("| %d | `%s` | %s | ".formatted(number++, e.getKey(), e.getValue().kind()));
      page.append(token).append(" |\n");
    }
    page.append('\n');
  }
}
