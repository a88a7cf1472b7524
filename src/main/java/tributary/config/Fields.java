package tributary.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoublePredicate;
import org.jspecify.annotations.Nullable;

/**
 * The typed reading of one mapping of a configuration, be it a model's or all that holds for a job:
 * each value asked for is noted as known, what is wrong goes to the problems and a stand-in comes
 * back, and {@link #refuseUnknown} names the keys that nobody asked for.
 */
public final class Fields {
  private final JsonNode node;
  private final String prefix;
  private final Map<String, String> names;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * @param prefix of keys in messages: empty, or ending in a dot
   */
  public Fields(JsonNode node, String prefix, Problems problems) {
    this(node, prefix, Map.of(), problems);
  }

  /**
   * Keys that were given by other names.
   *
   * @param names what messages call a key, where it is not the key itself
   */
  Fields(JsonNode node, Map<String, String> names, Problems problems) {
    this(node, "", names, problems);
  }

  private Fields(JsonNode node, String prefix, Map<String, String> names, Problems problems) {
    this.node = node;
    this.prefix = prefix;
    this.names = names;
    this.problems = problems;
    if (!node.isObject()) {
      String name = prefix.isEmpty() ? "configuration" : prefix.substring(0, prefix.length() - 1);
      problems.invalid(name, Yaml.text(node), "a mapping");
    }
  }

  private JsonNode at(String key) {
    known.add(key);
    return node.path(key);
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
    JsonNode n = at(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    return whole(key, n, least);
  }

  private int whole(String key, JsonNode n, int least) {
    return (int) between(key, n, least, Integer.MAX_VALUE, "a whole number >= " + least);
  }

  /** A required whole number of `least` to `most`. */
  long between(String key, long least, long most) {
    boolean bounded = most < Long.MAX_VALUE;
    String range = bounded ? " of " + least + " to " + most : " >= " + least;
    String rule = least == Long.MIN_VALUE ? "a whole number" : "a whole number" + range;
    return between(key, at(key), least, most, rule);
  }

  private long between(String key, JsonNode n, long least, long most, String rule) {
    boolean whole = n.isIntegralNumber() && n.canConvertToLong();
    if (whole && n.longValue() >= least && n.longValue() <= most) {
      return n.longValue();
    }
    wrong(key, n, rule);
    return Math.max(least, 1);
  }

  /** A text that would pass for a number or a truth was one in quotes; they are shown. */
  private void wrong(String key, JsonNode n, String rule) {
    boolean quoted = n.isTextual() && !Yaml.scalar(n.textValue()).isTextual();
    invalid(key, quoted ? n.toString() : Yaml.text(n), rule);
  }

  /** A list of whole numbers; a default where it is not given. */
  public List<Integer> wholes(String key, int least, @Nullable List<Integer> otherwise) {
    JsonNode n = at(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    List<Integer> values = new ArrayList<>();
    if (!n.isArray() || n.isEmpty()) {
      invalid(key, Yaml.text(n), "a list of whole numbers >= " + least);
      return List.of(Math.max(least, 1));
    }
    for (int i = 0; i < n.size(); i++) {
      values.add(whole(key + "[" + i + "]", n.path(i), least));
    }
    return List.copyOf(values);
  }

  /** A positive, finite number. */
  public double positive(String key, double otherwise) {
    JsonNode n = at(key);
    if (n.isMissingNode()) {
      return otherwise;
    }
    return number(key, n, value -> value > 0, "a number > 0", 1);
  }

  /** A positive number up to a most; a default where it is not given. */
  double upTo(String key, double otherwise, String atMost) {
    JsonNode n = at(key);
    double most = Double.parseDouble(atMost);
    String rule = "a number > 0, at most " + atMost;
    return n.isMissingNode()
        ? otherwise
        : number(key, n, value -> value > 0 && value <= most, rule, otherwise);
  }

  /** A finite number that holds to a rule; a stand-in where it doesn't. */
  private double number(
      String key, JsonNode n, DoublePredicate holds, String rule, double otherwise) {
    double value = n.isNumber() ? n.doubleValue() : Double.NaN;
    if (!holds.test(value) || Double.isInfinite(value)) {
      wrong(key, n, rule);
      return otherwise;
    }
    return value;
  }

  /** A required number in [0, 1]. */
  double fraction(String key) {
    JsonNode n = at(key);
    BigDecimal value = n.decimalValue();
    if (!n.isNumber() || value.signum() < 0 || value.compareTo(BigDecimal.ONE) > 0) {
      wrong(key, n, "a number in [0, 1]");
      return 0;
    }
    return value.doubleValue();
  }

  /** A number above 0 and below 1. */
  double inside(String key) {
    return number(
        key, at(key), value -> value > 0 && value < 1, "a number above 0 and below 1", 0.5);
  }

  /** A required number from 0 to below 1. */
  double belowOne(String key) {
    return number(key, at(key), value -> value >= 0 && value < 1, "a number from 0 to below 1", 0);
  }

  /** A number from 0 to below 1 that came as a text, as entries of free maps do. */
  double fractionText(String key) {
    JsonNode n = at(key);
    double value;
    try {
      value = Double.parseDouble(n.asText());
    } catch (NumberFormatException e) {
      value = Double.NaN;
    }
    if (!(value >= 0 && value < 1)) {
      invalid(key, n.asText(), "a number from 0 to below 1");
      return 0;
    }
    return value;
  }

  /** A number of at least 0. */
  double atLeastZero(String key) {
    return number(key, at(key), value -> value >= 0, "a number >= 0", 0);
  }

  public boolean truth(String key, boolean otherwise) {
    JsonNode n = at(key);
    if (!n.isMissingNode() && !n.isBoolean()) {
      wrong(key, n, "true or false");
    }
    return n.asBoolean(otherwise);
  }

  /** A required string. */
  public String string(String key) {
    JsonNode n = at(key);
    if (!n.isTextual() || n.textValue().isEmpty()) {
      invalid(key, Yaml.text(n), "a string");
      return "?";
    }
    return n.textValue();
  }

  /** A text; null where there is none. A number is the text that it is spelt as. */
  @Nullable String optional(String key) {
    JsonNode n = at(key);
    return n.isValueNode() && !n.isNull() ? n.asText() : null;
  }

  /** A text that must be there and not blank. */
  String text(String key, String rule) {
    String value = optional(key);
    if (value == null || value.isBlank()) {
      invalid(key, rule);
      return "?";
    }
    return value;
  }

  /** One of some words, whatever its case; a number counts as the word it is written as. */
  public String oneOf(String key, List<String> words, @Nullable String otherwise) {
    JsonNode n = at(key);
    if (n.isMissingNode() && otherwise != null) {
      return otherwise;
    }
    String word = n.isValueNode() ? n.asText().toLowerCase(Locale.ROOT) : "";
    if (!words.contains(word)) {
      invalid(key, Yaml.text(n), "one of " + String.join(", ", words));
      return words.get(0);
    }
    return word;
  }

  /** One of an enum's constants, whose words are their names in whatever case. */
  <E extends Enum<E>> E word(String key, Class<E> type) {
    List<String> words =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    return Enum.valueOf(type, oneOf(key, words, null).toUpperCase(Locale.ROOT));
  }

  /** A list of strings; empty where it is not given. */
  public List<String> words(String key) {
    JsonNode n = at(key);
    List<String> values = new ArrayList<>();
    if (!n.isMissingNode() && !n.isArray()) {
      invalid(key, Yaml.text(n), "a list of strings");
    }
    for (JsonNode value : n) {
      if (!value.isTextual()) {
        invalid(key, Yaml.text(value), "a string");
      }
      values.add(value.asText());
    }
    return List.copyOf(values);
  }

  /** The texts below a key, as `options` of options.sep and options.header. */
  Map<String, String> texts(String key) {
    String below = key + ".";
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> f : node.properties()) {
      if (f.getKey().startsWith(below)) {
        texts.put(f.getKey().substring(below.length()), f.getValue().asText());
      }
    }
    return Collections.unmodifiableMap(texts);
  }

  /** A mapping below this one. */
  public Fields mapping(String key) {
    return new Fields(at(key), prefix + key + ".", problems);
  }

  /** A list of mappings with at least one entry. */
  public List<Fields> mappings(String key) {
    JsonNode n = at(key);
    List<Fields> values = new ArrayList<>();
    if (!n.isArray() || n.isEmpty()) {
      invalid(key, Yaml.text(n), "a list of mappings, at least one");
      return values;
    }
    for (int i = 0; i < n.size(); i++) {
      values.add(new Fields(n.path(i), prefix + key + "[" + i + "].", problems));
    }
    return values;
  }

  /** Adds a problem about a value of this mapping. */
  public void invalid(String key, Object value, String rule) {
    problems.invalid(names.getOrDefault(key, prefix + key), value, rule);
  }

  /** Adds a problem about a key's value as it was given. */
  void invalid(String key, String rule) {
    invalid(key, Yaml.text(node.path(key)), rule);
  }

  /** Every key that was not asked for becomes a problem that names the nearest one. */
  public void refuseUnknown() {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                invalid(key, Yaml.text(node.path(key)), Nearest.rule(key, known));
              }
            });
  }
}
