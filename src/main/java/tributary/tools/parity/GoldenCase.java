package tributary.tools.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.config.Problems.Refused;
import tributary.config.Yaml;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.models.ModelConfigs;
import tributary.tensor.Mask;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Tensor;

/**
 * One golden case: a safetensors file with metadata kind, config and tolerance, and tensors below
 * the prefixes param., in., out. and grad.
 */
public final class GoldenCase {
  private final Path file;
  private final Safetensors tensors;

  public GoldenCase(Path file) {
    this.file = file;
    this.tensors = Safetensors.read(file);
  }

  String kind() {
    return metadata("kind");
  }

  double tolerance() {
    String text = metadata("tolerance");
    try {
      double value = Double.parseDouble(text);
      if (value > 0 && value < 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below, with the text.
    }
    throw unusable("tolerance is " + text + " (a number between 0 and 1)");
  }

  public ObjectNode config() {
    JsonNode tree = Yaml.parse(metadata("config"), "the config of case " + file);
    if (tree instanceof ObjectNode object) {
      return object;
    }
    throw unusable("config is no JSON object");
  }

  /** The configuration's number of heads; 0 where it says none. */
  public int heads() {
    return config().path("heads").asInt();
  }

  private String metadata(String key) {
    String value = tensors.metadata().get(key);
    if (value == null) {
      throw unusable("metadata " + key + " is missing");
    }
    return value;
  }

  private Refused unusable(String reason) {
    return new Refused(List.of("Cannot use case " + file + ": " + reason));
  }

  /** The weights by the reference's names. */
  public Map<String, Weight> weights() {
    return below("param.");
  }

  /** Expected outputs by name. */
  public Map<String, Weight> outputs() {
    return below("out.");
  }

  /** Expected gradients of the loss by the weights, by name; empty where the case has none. */
  public Map<String, Weight> gradients() {
    return below("grad.");
  }

  private Map<String, Weight> below(String prefix) {
    Map<String, Weight> found = new LinkedHashMap<>();
    tensors
        .entries()
        .forEach(
            (name, e) -> {
              // Counters among a checkpoint's weights are integers, and no weights.
              if (name.startsWith(prefix) && e.dtype().floating()) {
                found.put(name.substring(prefix.length()), tensors.weight(name));
              }
            });
    return found;
  }

  public boolean hasInput(String name) {
    return tensors.has("in." + name);
  }

  public Weight input(String name) {
    return tensors.weight("in." + name);
  }

  public long[] integers(String name) {
    return tensors.integers("in." + name);
  }

  public boolean[] flags(String name) {
    return tensors.flags("in." + name);
  }

  /** An input of whole numbers. */
  int[] indices(String name) {
    return Arrays.stream(tensors.integers("in." + name)).mapToInt(Math::toIntExact).toArray();
  }

  public long[] shape(String name) {
    Safetensors.Entry e = tensors.entries().get("in." + name);
    return e == null ? new long[0] : e.shape();
  }

  /** An input [batch, rows, channels], or [batch, channels] as one row a group. */
  Tensor upload(Scope scope, String name) {
    Weight w = input(name);
    long[] s = w.shape();
    if (s.length != 3 && s.length != 2) {
      throw Invalid.argument("input " + name, "shape " + w.shapeText(), "[batch, rows, channels]");
    }
    int rows = s.length == 3 ? Math.toIntExact(s[1]) : 1;
    Shape shape = new Shape((int) s[0], rows, Math.toIntExact(s[s.length - 1]));
    return scope.upload(shape, w.values(), 0);
  }

  /** A mask [batch, keys] (the same for all queries) or [batch, queries, keys]; null for none. */
  @Nullable Mask mask(String name) {
    if (!hasInput(name)) {
      return null;
    }
    long[] s = shape(name);
    int queries = s.length == 3 ? Math.toIntExact(s[1]) : 1;
    return new Mask(flags(name), (int) s[0], queries, Math.toIntExact(s[s.length - 1]));
  }

  /**
   * The case's model.
   *
   * @param encoder what the kind stands for
   */
  Model model(String encoder) {
    ObjectNode tree = config();
    tree.put("encoder", encoder);
    tree.remove("mask_ratio"); // how the case was made; the masks themselves are inputs
    Map<String, Weight> weights = weights();
    if (encoder.equals("elastic")) {
      widen(tree, "cross_widening", ".cross.mlp.hidden.weight", weights);
      widen(tree, "self_widening", ".self.0.mlp.hidden.weight", weights);
    }
    Problems problems = new Problems();
    ModelConfig config = ModelConfigs.parse(ModelConfigs.completed(tree), "", problems);
    problems.refuse();
    return ModelFiles.model(config, weights, "golden case " + file.getFileName());
  }

  /** The MLPs' widening is not in the case's configuration: it follows from a weight's shape. */
  private static void widen(
      ObjectNode tree, String key, String suffix, Map<String, Weight> weights) {
    for (Map.Entry<String, Weight> e : weights.entrySet()) {
      long[] shape = e.getValue().shape();
      if (e.getKey().endsWith(suffix) && !tree.has(key) && shape.length == 2 && shape[1] > 0) {
        tree.put(key, shape[0] / shape[1]);
      }
    }
  }
}
