package tributary.onnx;

import java.util.List;
import tributary.model.ModalitySpec;
import tributary.onnx.OnnxGraph.Axis;

/** How tokens enter a graph: ids through a table, values through a linear layer. */
public final class Tokens {
  private Tokens() {}

  /** An input [batch, length] of ids, or [batch, length, channels] of values. */
  public static String input(OnnxGraph graph, String name, ModalitySpec spec, Axis length) {
    Axis batch = Axis.of("batch");
    return spec instanceof ModalitySpec.Text
        ? graph.ids(name, batch, length)
        : graph.values(name, batch, length, Axis.of(spec.channels()));
  }

  /** Codes [batch, length, E], without positions. */
  public static String embed(
      OnnxGraph graph, Layers layers, String tokens, String modality, ModalitySpec spec) {
    String name = "embed." + modality;
    return spec instanceof ModalitySpec.Text
        ? graph.apply("Gather", List.of(layers.constant(name + ".table"), tokens))
        : layers.linear(tokens, name);
  }
}
