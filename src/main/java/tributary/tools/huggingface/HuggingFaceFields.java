package tributary.tools.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;

/** Reads the fields of a checkpoint's config.json; what is wrong is collected. */
final class HuggingFaceFields {
  /** Names of activations that we have, as Hugging Face has them. */
  private static final Map<String, String> ACTIVATIONS =
      Map.of(
          "gelu", "gelu",
          "gelu_python", "gelu",
          "gelu_new", "gelu_tanh",
          "gelu_pytorch_tanh", "gelu_tanh",
          "relu", "relu",
          "relu2", "squared_relu");

  private final JsonNode tree;
  private final Problems problems;

  HuggingFaceFields(JsonNode tree, Problems problems) {
    this.tree = tree;
    this.problems = problems;
  }

  /** A whole number >= 1. */
  int whole(String key, int otherwise) {
    Integer n = wholeOrNull(key);
    return n == null ? otherwise : n;
  }

  /** A whole number >= 1; null where there is none. */
  @Nullable Integer wholeOrNull(String key) {
    JsonNode n = tree.path(key);
    if (n.isMissingNode() || n.isNull()) {
      return null;
    }
    if (!n.isIntegralNumber() || !n.canConvertToInt() || n.intValue() < 1) {
      problems.invalid(key, n, "a whole number >= 1");
      return 1;
    }
    return n.intValue();
  }

  /** A number > 0. */
  double positive(String key, double otherwise) {
    JsonNode n = tree.path(key);
    if (n.isMissingNode() || n.isNull()) {
      return otherwise;
    }
    double value = n.isNumber() ? n.doubleValue() : Double.NaN;
    if (!(value > 0) || Double.isInfinite(value)) {
      problems.invalid(key, n, "a number > 0");
      return otherwise;
    }
    return value;
  }

  boolean truth(String key, boolean otherwise) {
    JsonNode n = tree.path(key);
    if (n.isMissingNode() || n.isNull()) {
      return otherwise;
    }
    if (!n.isBoolean()) {
      problems.invalid(key, n, "true or false");
    }
    return n.asBoolean();
  }

  String oneOf(String key, List<String> words, String otherwise) {
    JsonNode n = tree.path(key);
    if (n.isMissingNode() || n.isNull()) {
      return otherwise;
    }
    if (!n.isTextual() || !words.contains(n.textValue())) {
      problems.invalid(key, n, "one of " + words);
      return otherwise;
    }
    return n.textValue();
  }

  /** hidden_act by our name. */
  String activation() {
    String word = oneOf("hidden_act", ACTIVATIONS.keySet().stream().sorted().toList(), "gelu");
    String ours = ACTIVATIONS.get(word);
    return ours == null ? "gelu" : ours;
  }

  /** A list of `size` whole numbers >= 1. */
  List<Integer> wholes(String key, List<Integer> otherwise) {
    JsonNode n = tree.path(key);
    if (n.isMissingNode() || n.isNull()) {
      return otherwise;
    }
    List<Integer> found = new ArrayList<>();
    n.forEach(x -> found.add(x.isIntegralNumber() && x.canConvertToInt() ? x.intValue() : 0));
    if (found.size() != otherwise.size() || found.stream().anyMatch(x -> x < 1)) {
      problems.invalid(key, n, otherwise.size() + " whole numbers >= 1");
      return otherwise;
    }
    return found;
  }

  /** Number of labels: num_labels, or the entries of id2label, or 2. */
  int labels() {
    int named = tree.path("id2label").size();
    return whole("num_labels", named > 0 ? named : 2);
  }
}
