package tributary.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tributary.config.JobKeys.Kind;

/**
 * The layers of a job's configuration, laid over each other: a key holds the value of the last
 * layer that gives it. What is no key, or no value for the kind of key, goes to the problems.
 */
final class JobLayers {
  private static final String SPARK = "spark.tributary.";
  private static final Set<String> LAUNCHER = Set.of("TRIBUTARY_HOME");

  /** Where a value comes from; a later one wins. */
  enum Layer {
    DEFAULTS,
    FILE,
    ENVIRONMENT,
    SPARK,
    SET
  }

  /**
   * A value as it was given.
   *
   * @param name what messages call its key: as the user wrote it
   * @param values one text, those of a list, or none for a null
   */
  record Given(Layer layer, String name, List<String> values) {
    String text() {
      return String.join(",", values);
    }

    void ifGiven(Consumer<String> use) {
      if (!values.isEmpty()) {
        use.accept(text());
      }
    }
  }

  private final JobKeys keys;
  private final Problems problems;
  private final SortedMap<String, Given> given = new TreeMap<>();

  JobLayers(JobKeys keys, Problems problems) {
    this.keys = keys;
    this.problems = problems;
  }

  /** The job file; an empty one gives nothing. */
  void file(JsonNode tree) {
    if (!tree.isMissingNode()) {
      walk("", Yaml.texts(tree));
    }
  }

  /** TRIBUTARY_ variables; others are none of our business. */
  void environment(Map<String, String> env) {
    Map<String, List<String>> variables =
        keys.concrete(given.keySet()).stream()
            .collect(Collectors.groupingBy(JobKeys::variable, TreeMap::new, Collectors.toList()));
    for (Map.Entry<String, String> e : new TreeMap<>(env).entrySet()) {
      String variable = e.getKey();
      if (!variable.startsWith("TRIBUTARY_") || LAUNCHER.contains(variable)) {
        continue;
      }
      List<String> meant = variables.getOrDefault(variable, List.of());
      if (meant.size() == 1) {
        text(Layer.ENVIRONMENT, variable, meant.get(0), e.getValue());
      } else {
        String rule =
            meant.isEmpty()
                ? Nearest.rule(variable, variables.keySet())
                : "ambiguous: " + String.join(" or ", meant) + "; use --set";
        problems.invalid(variable, e.getValue(), rule);
      }
    }
  }

  /** spark.tributary. keys; others are Spark's. */
  void spark(Map<String, String> conf) {
    new TreeMap<>(conf)
        .forEach(
            (name, value) -> {
              if (name.startsWith(SPARK)) {
                text(Layer.SPARK, name, name.substring(SPARK.length()), value);
              }
            });
  }

  /** key=value texts of the command line. */
  void sets(List<String> sets) {
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        problems.invalid("--set", set, "key=value");
      } else {
        String key = set.substring(0, equals).strip();
        text(Layer.SET, key, key, set.substring(equals + 1));
      }
    }
  }

  /** Fills in defaults: of the fixed keys, and of every modality that was given. */
  SortedMap<String, Given> withDefaults() {
    Map<String, List<String>> defaults = keys.defaults();
    modalities().forEach(m -> defaults.putAll(keys.defaults(m)));
    defaults.forEach((k, v) -> given.putIfAbsent(k, new Given(Layer.DEFAULTS, k, v)));
    return given;
  }

  /** The text that holds for a key so far; null where there is none. */
  @Nullable String value(String key) {
    Given g = given.get(key);
    return g == null || g.values().isEmpty() ? null : g.text();
  }

  /** The layer that a key's value is of; DEFAULTS where it has none. */
  Layer layer(String key) {
    Given g = given.get(key);
    return g == null || g.values().isEmpty() ? Layer.DEFAULTS : g.layer();
  }

  /** Gives a key without a value one that follows from others. */
  void derive(String key, String value) {
    if (this.value(key) == null) {
      given.put(key, new Given(Layer.DEFAULTS, key, List.of(value)));
    }
  }

  /** What holds, to be read under the names that the keys were given by. */
  Fields fields() {
    ObjectNode tree = JsonNodeFactory.instance.objectNode();
    Map<String, String> names = new HashMap<>();
    given.forEach(
        (key, g) -> {
          names.put(key, g.name());
          if (keys.kind(key) == Kind.LIST) {
            g.values().forEach(tree.putArray(key)::add);
          } else {
            g.ifGiven(text -> tree.set(key, scalar(key, text)));
          }
        });
    return new Fields(tree, names, problems);
  }

  /** No layer knows quotes but the file, so a number is one in quotes, too; options are texts. */
  private JsonNode scalar(String key, String text) {
    boolean isText = text.isEmpty() || isOption(key);
    return isText ? JsonNodeFactory.instance.textNode(text) : Yaml.scalar(text);
  }

  /** Names of the modalities given so far, in the order of the alphabet. */
  Set<String> modalities() {
    Set<String> names = new TreeSet<>();
    given.keySet().forEach(k -> JobKeys.modality(k).ifPresent(names::add));
    return names;
  }

  private void walk(String key, JsonNode node) {
    Kind kind = keys.kind(key);
    if (kind == Kind.UNKNOWN) {
      problems.invalid(key, Yaml.text(node), keys.unknown(key));
    } else if (kind == Kind.SECTION && isModality(key) && node.isTextual()) {
      put(Layer.FILE, key, key + ".column", List.of(node.textValue()));
    } else if (kind == Kind.SECTION || kind == Kind.MAP) {
      section(key, node);
    } else if (kind == Kind.LIST) {
      list(key, node);
    } else if (node.isContainerNode()) {
      problems.invalid(key, Yaml.text(node), "one value");
    } else {
      put(Layer.FILE, key, key, node.isNull() ? List.of() : List.of(node.textValue()));
    }
  }

  private void section(String key, JsonNode node) {
    if (isModality(key) && !named(key, Yaml.text(node))) {
      return;
    }
    if (isModality(key) && (!node.isObject() || node.isEmpty())) {
      problems.invalid(key, Yaml.text(node), "a column, or a mapping with column");
    } else if (node.isObject()) {
      node.properties().forEach(f -> walk(JobKeys.join(key, f.getKey()), f.getValue()));
    } else if (!node.isNull()) {
      problems.invalid(key.isEmpty() ? "configuration" : key, Yaml.text(node), "a mapping of keys");
    }
  }

  private void list(String key, JsonNode node) {
    List<String> values = new ArrayList<>();
    for (JsonNode entry : node) {
      if (!entry.isTextual()) {
        problems.invalid(key, Yaml.text(node), "a list of texts");
        return;
      }
      values.add(entry.textValue());
    }
    if (node.isArray() || node.isNull()) {
      put(Layer.FILE, key, key, values);
    } else {
      problems.invalid(key, Yaml.text(node), "a list, such as [a, b]");
    }
  }

  /** A value that came as text: of the environment, Spark's configuration or the command line. */
  private void text(Layer layer, String name, String key, String value) {
    Kind kind = keys.kind(key);
    if (kind == Kind.UNKNOWN) {
      problems.invalid(name, value, keys.unknown(key));
    } else if (isModality(key)) {
      put(layer, name, key + ".column", value.isEmpty() ? List.of() : List.of(value));
    } else if (kind == Kind.SECTION || kind == Kind.MAP) {
      problems.invalid(name, value, "a mapping: give the keys below it, one by one");
    } else if (kind == Kind.LIST && value.strip().startsWith("[")) {
      problems.invalid(name, value, "entries apart by commas, without brackets, such as a,b");
    } else if (kind == Kind.LIST) {
      String[] parts = value.isBlank() ? new String[0] : value.split(",", -1);
      put(layer, name, key, Arrays.stream(parts).map(String::strip).toList());
    } else {
      put(layer, name, key, value.isEmpty() && !isOption(key) ? List.of() : List.of(value));
    }
  }

  private void put(Layer layer, String name, String key, List<String> values) {
    if (!named(key, String.join(",", values))) {
      return;
    }
    Given before = given.put(key, new Given(layer, name, values));
    if (before != null && before.layer() == Layer.FILE && layer == Layer.FILE) {
      problems.invalid(key, String.join(",", values), "given twice");
    }
  }

  private boolean isOption(String key) {
    return keys.isEntry(key);
  }

  private static boolean isModality(String key) {
    return key.startsWith(JobKeys.MODALITIES + ".")
        && key.indexOf('.', JobKeys.MODALITIES.length() + 1) < 0;
  }

  /** Whether a key below modalities has a name that a modality may have. */
  private boolean named(String key, String value) {
    boolean named = JobKeys.modality(key).map(m -> m.matches("[a-z0-9_-]+")).orElse(true);
    if (!named) {
      String modality = JobKeys.MODALITIES + "." + JobKeys.modality(key).orElse("");
      problems.invalid(modality, value, "a name of a-z, 0-9, _ and -");
    }
    return named;
  }
}
