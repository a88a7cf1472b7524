package tributary.onnx;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems.Refused;
import tributary.model.Weight;
import tributary.onnx.OnnxGraph.Axis;
import tributary.tensor.Activation;

/**
 * One form of attention as one ONNX graph, made by {@link OnnxForms}. Its inputs are float [batch,
 * rows, channels] with any batch and any number of rows; masks are inputs where they are asked for.
 * Immutable.
 */
public final class OnnxForm {
  /** What makes the graph. */
  interface Body {
    void build(Layers layers, Masks masks);
  }

  private final String name;
  private final Map<String, Weight> weights;
  private final Activation activation;
  private final Set<String> possible;
  private final Set<String> masks;
  private final Body body;

  OnnxForm(
      String name,
      Map<String, Weight> weights,
      Activation activation,
      Collection<String> possible,
      Body body) {
    this(name, weights, activation, new TreeSet<>(possible), Set.of(), body);
  }

  private OnnxForm(
      String name,
      Map<String, Weight> weights,
      Activation activation,
      Set<String> possible,
      Set<String> masks,
      Body body) {
    this.name = name;
    this.weights = weights;
    this.activation = activation;
    this.possible = possible;
    this.masks = masks;
    this.body = body;
  }

  /**
   * This form with these masks among the inputs: bool, true = may be attended to, [batch or 1,
   * queries or 1, keys] unless the form says otherwise.
   *
   * @throws IllegalArgumentException where the form has no such mask
   */
  public OnnxForm masked(String... names) {
    for (String n : names) {
      if (!possible.contains(n)) {
        throw Invalid.argument("mask", n, name + " has " + possible);
      }
    }
    return new OnnxForm(name, weights, activation, possible, Set.of(names), body);
  }

  /**
   * Writes the graph, to the file if its name ends in .onnx, else as FORM.onnx into a folder.
   *
   * @return the file
   * @throws Refused where there is a file already, where nothing can be written, or where the graph
   *     is too large
   * @throws IllegalArgumentException for a weight that is missing, or a width that the heads don't
   *     divide
   */
  public Path write(Path to) {
    return OnnxFiles.write(List.of(graph()), Map.of("form", name), null, to, OnnxFiles.MOST).get(0);
  }

  public OnnxGraph graph() {
    OnnxGraph graph = new OnnxGraph(name);
    String words = activation.name().toLowerCase(Locale.ROOT);
    body.build(new Layers(graph, weights, words), new Masks(graph, masks));
    return graph;
  }

  /** The masks that were asked for, as inputs. */
  record Masks(OnnxGraph graph, Set<String> wanted) {
    /** A mask of the axis `keys` for each query; null where it is not wanted. */
    @Nullable String of(String mask, String keys) {
      return of(mask, Axis.of(mask + ".batch"), Axis.of(mask + ".queries"), Axis.of(keys));
    }

    @Nullable String of(String mask, Axis... shape) {
      return wanted.contains(mask) ? graph.flags(mask, shape) : null;
    }
  }
}
