package tributary.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of a configuration file while it is read: each value asked for is noted as known,
 * what is wrong goes to the problems and a stand-in comes back, and {@link #refuseUnknown} names
 * the keys that nobody asked for.
 */
public final class Fields {
  private final JsonNode node;
  private final String prefix;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * @param prefix of keys in messages: empty, or ending in a dot
   */
  public Fields(JsonNode node, String prefix, Problems problems) {
    this.node = node;
    this.prefix = prefix;
    this.problems = problems;
    if (!node.isObject()) {
      problems.invalid(name(), text(node), "a mapping");
    }
  }

  private String name() {
    return prefix.isEmpty() ? "configuration" : prefix.substring(0, prefix.length() - 1);
  }

  private static String text(JsonNode n) {
    return n.isMissingNode() ? "missing" : n.isTextual() ? n.textValue() : n.toString();
  }

  public boolean has(String key) {
    return node.has(key);
  }

  /** A required whole number of at least `least`. */
  public int whole(String key, int least) {
    return whole(key, least, null);
  }

  /** A whole number of at least `least`; a default where it is not given. */
  public int whole(String key, int least, @Nullable Integer otherwise) {
    known.add(key);
    JsonNode n = node.path(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    return whole(prefix + key, n, least);
  }

  private int whole(String key, JsonNode n, int least) {
    if (!n.isIntegralNumber() || !n.canConvertToInt() || n.intValue() < least) {
      problems.invalid(key, text(n), "a whole number >= " + least);
      return Math.max(least, 1);
    }
    return n.intValue();
  }

  /** A list of whole numbers; a default where it is not given. */
  public List<Integer> wholes(String key, int least, @Nullable List<Integer> otherwise) {
    known.add(key);
    JsonNode n = node.path(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    List<Integer> values = new ArrayList<>();
    if (!n.isArray() || n.isEmpty()) {
      problems.invalid(prefix + key, text(n), "a list of whole numbers >= " + least);
      return List.of(Math.max(least, 1));
    }
    for (int i = 0; i < n.size(); i++) {
      values.add(whole(prefix + key + "[" + i + "]", n.path(i), least));
    }
    return List.copyOf(values);
  }

  /** A positive, finite number. */
  public double positive(String key, double otherwise) {
    known.add(key);
    JsonNode n = node.path(key);
    if (n.isMissingNode()) {
      return otherwise;
    }
    double value = n.isNumber() ? n.doubleValue() : Double.NaN;
    if (!(value > 0) || Double.isInfinite(value)) {
      problems.invalid(prefix + key, text(n), "a number > 0");
      return 1;
    }
    return value;
  }

  public boolean truth(String key, boolean otherwise) {
    known.add(key);
    JsonNode n = node.path(key);
    if (!n.isMissingNode() && !n.isBoolean()) {
      problems.invalid(prefix + key, text(n), "true or false");
    }
    return n.asBoolean(otherwise);
  }

  /** A required string. */
  public String string(String key) {
    known.add(key);
    JsonNode n = node.path(key);
    if (!n.isTextual() || n.textValue().isEmpty()) {
      problems.invalid(prefix + key, text(n), "a string");
      return "?";
    }
    return n.textValue();
  }

  /** One of some words, whatever its case; a number counts as the word it is written as. */
  public String oneOf(String key, List<String> words, @Nullable String otherwise) {
    known.add(key);
    JsonNode n = node.path(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    String word = n.isValueNode() ? n.asText().toLowerCase(Locale.ROOT) : "";
    if (!words.contains(word)) {
      problems.invalid(prefix + key, text(n), "one of " + String.join(", ", words));
      return words.get(0);
    }
    return word;
  }

  /** A list of strings; empty where it is not given. */
  public List<String> words(String key) {
    known.add(key);
    JsonNode n = node.path(key);
    List<String> values = new ArrayList<>();
    if (!n.isMissingNode() && !n.isArray()) {
      problems.invalid(prefix + key, text(n), "a list of strings");
    }
    for (JsonNode value : n) {
      if (!value.isTextual()) {
        problems.invalid(prefix + key, text(value), "a string");
      }
      values.add(value.asText());
    }
    return List.copyOf(values);
  }

  /** A mapping below this one. */
  public Fields mapping(String key) {
    known.add(key);
    return new Fields(node.path(key), prefix + key + ".", problems);
  }

  /** A list of mappings with at least one entry. */
  public List<Fields> mappings(String key) {
    known.add(key);
    JsonNode n = node.path(key);
    List<Fields> values = new ArrayList<>();
    if (!n.isArray() || n.isEmpty()) {
      problems.invalid(prefix + key, text(n), "a list of mappings, at least one");
      return values;
    }
    for (int i = 0; i < n.size(); i++) {
      values.add(new Fields(n.path(i), prefix + key + "[" + i + "].", problems));
    }
    return values;
  }

  /** Adds a problem about a value of this mapping. */
  public void invalid(String key, Object value, String rule) {
    problems.invalid(prefix + key, value, rule);
  }

  /** Every key that was not asked for becomes a problem that names the nearest one. */
  public void refuseUnknown() {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                problems.invalid(prefix + key, text(node.path(key)), Nearest.rule(key, known));
              }
            });
  }
}
