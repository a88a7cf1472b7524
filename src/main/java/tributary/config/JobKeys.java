package tributary.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The keys of a job as conf/defaults.yaml lists them, which is their only list: a leaf there is a
 * key, `{}` a free map of scalars, `[]` a list, `<name>` any modality.
 */
final class JobKeys {
  static final String RESOURCE = "tributary/conf/defaults.yaml";
  static final String MODALITIES = "modalities";
  private static final String NAME = "<name>";

  /** What a key holds. */
  enum Kind {
    SCALAR,
    LIST,
    MAP,
    SECTION,
    UNKNOWN
  }

  private final Map<String, Kind> kinds = new LinkedHashMap<>();
  private final Map<String, List<String>> defaults = new LinkedHashMap<>();

  private JobKeys(JsonNode tree) {
    add("", tree);
  }

  /** The keys of the packaged defaults. */
  static JobKeys packaged() {
    try (InputStream in = JobKeys.class.getClassLoader().getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("Cannot read " + RESOURCE + ": not in the class path");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new JobKeys(Yaml.parse(text, RESOURCE));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + RESOURCE + ": " + e, e);
    }
  }

  private void add(String key, JsonNode node) {
    if (node.isObject() && (!node.isEmpty() || key.isEmpty())) {
      kinds.put(key, Kind.SECTION);
      node.properties().forEach(f -> add(join(key, f.getKey()), f.getValue()));
    } else if (node.isObject()) {
      kinds.put(key, Kind.MAP);
    } else if (node.isArray()) {
      kinds.put(key, Kind.LIST);
      defaults.put(key, List.of());
    } else {
      kinds.put(key, Kind.SCALAR);
      defaults.put(key, node.isNull() ? List.of() : List.of(node.asText()));
    }
  }

  static String join(String key, String child) {
    return key.isEmpty() ? child : key + "." + child;
  }

  /** What a key holds; an entry of a free map is a scalar. */
  Kind kind(String key) {
    Kind kind = kinds.get(template(key));
    if (kind != null && !key.contains("<")) {
      return kind;
    }
    return mapOf(key).isPresent() ? Kind.SCALAR : Kind.UNKNOWN;
  }

  /** Whether a key is an entry of a free map, such as a format's option: its value is a text. */
  boolean isEntry(String key) {
    return mapOf(key).isPresent();
  }

  /** The free map that a key is an entry of. */
  private Optional<String> mapOf(String key) {
    return kinds.keySet().stream()
        .filter(k -> kinds.get(k) == Kind.MAP && key.startsWith(k + "."))
        .filter(k -> key.length() > k.length() + 1)
        .findFirst();
  }

  /** The modality that a key belongs to, such as `text` of modalities.text.column. */
  static Optional<String> modality(String key) {
    if (!key.startsWith(MODALITIES + ".")) {
      return Optional.empty();
    }
    String rest = key.substring(MODALITIES.length() + 1);
    int dot = rest.indexOf('.');
    return Optional.of(dot < 0 ? rest : rest.substring(0, dot));
  }

  private static String template(String key) {
    String name = modality(key).orElse("");
    String prefix = MODALITIES + "." + name;
    return name.isEmpty() ? key : MODALITIES + "." + NAME + key.substring(prefix.length());
  }

  /** Key -> default values (none, one, or a list's) without those of modalities. */
  Map<String, List<String>> defaults() {
    Map<String, List<String>> fixed = new LinkedHashMap<>(defaults);
    fixed.keySet().removeIf(k -> k.contains(NAME));
    return fixed;
  }

  /** Key -> default values of one modality. */
  Map<String, List<String>> defaults(String modality) {
    Map<String, List<String>> one = new LinkedHashMap<>();
    defaults.forEach(
        (key, values) -> {
          if (key.contains(NAME)) {
            one.put(key.replace(NAME, modality), values);
          }
        });
    return one;
  }

  /** Every key that can be given, with these modalities, and the free maps' given entries. */
  SortedSet<String> concrete(Set<String> given) {
    SortedSet<String> keys = new TreeSet<>(defaults().keySet());
    for (String key : given) {
      modality(key).ifPresent(m -> keys.addAll(defaults(m).keySet()));
      mapOf(key).ifPresent(m -> keys.add(key));
    }
    return keys;
  }

  /** The rule that an unknown key breaks, with the nearest key that is known. */
  String unknown(String key) {
    Set<String> known = new LinkedHashSet<>();
    Optional<String> modality = modality(key);
    kinds.keySet().stream()
        .filter(k -> !k.isEmpty() && k.contains(NAME) == modality.isPresent())
        .map(k -> k.replace(NAME, modality.orElse(NAME)))
        .forEach(known::add);
    return Nearest.rule(key, known);
  }

  /** The environment variable of a key. */
  static String variable(String key) {
    return "TRIBUTARY_" + key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
  }

  /** The leaves, for tests and documentation; modalities as `<name>`. */
  List<String> leaves() {
    List<String> leaves = new ArrayList<>(kinds.keySet());
    leaves.removeIf(k -> kinds.get(k) == Kind.SECTION);
    return leaves;
  }
}
