package tributary.config;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tributary.config.JobLayers.Given;
import tributary.config.JobLayers.Layer;

/**
 * The typed reading of the values that the layers gave. What is wrong goes to the problems, under
 * the name the user gave the key by, and a stand-in comes back.
 */
final class JobFields {
  private final SortedMap<String, Given> given;
  private final Problems problems;

  JobFields(SortedMap<String, Given> given, Problems problems) {
    this.given = given;
    this.problems = problems;
  }

  /** Adds a problem about a key's value. */
  void invalid(String key, String rule) {
    Given g = given.get(key);
    String value = g == null || g.values().isEmpty() ? "missing" : g.text();
    problems.invalid(g == null ? key : g.name(), value, rule);
  }

  /** A text; null where there is none. */
  @Nullable String optional(String key) {
    Given g = given.get(key);
    return g == null || g.values().isEmpty() ? null : g.values().get(0);
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

  /** A whole number of `least` to `most`. */
  long whole(String key, long least, long most) {
    String value = optional(key);
    try {
      long number = value == null ? Long.MIN_VALUE : Long.parseLong(value);
      if (value != null && number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, with the range.
    }
    boolean bounded = most < Long.MAX_VALUE;
    String range = bounded ? " of " + least + " to " + most : " >= " + least;
    invalid(key, least == Long.MIN_VALUE ? "a whole number" : "a whole number" + range);
    return Math.max(least, 1);
  }

  /** A number in [0, 1]. */
  double fraction(String key) {
    String value = optional(key);
    try {
      BigDecimal number = value == null ? null : new BigDecimal(value);
      if (number != null && number.signum() >= 0 && number.compareTo(BigDecimal.ONE) <= 0) {
        return number.doubleValue();
      }
    } catch (NumberFormatException e) {
      // Reported below, with the range.
    }
    invalid(key, "a number in [0, 1]");
    return 0;
  }

  /** One of some words, in whatever case. */
  String word(String key, List<String> words) {
    String value = optional(key);
    String lower = value == null ? "" : value.toLowerCase(Locale.ROOT);
    if (!words.contains(lower)) {
      invalid(key, "one of " + String.join(", ", words));
      return words.get(0);
    }
    return lower;
  }

  /** The same for an enum, whose names are its words in capitals. */
  <E extends Enum<E>> E word(String key, Class<E> type) {
    List<String> words =
        Arrays.stream(type.getEnumConstants()).map(e -> e.name().toLowerCase(Locale.ROOT)).toList();
    return Enum.valueOf(type, word(key, words).toUpperCase(Locale.ROOT));
  }

  /** A list of texts, none blank, none twice. */
  List<String> list(String key) {
    Given g = given.get(key);
    List<String> values = g == null ? List.of() : g.values();
    Set<String> once = new HashSet<>();
    if (!values.stream().allMatch(v -> !v.isBlank() && once.add(v))) {
      invalid(key, "no blank entry, none twice");
    }
    return values;
  }

  /** The entries of a free map; a null is no entry. */
  Map<String, String> map(String key) {
    String prefix = key + ".";
    Map<String, String> entries = new LinkedHashMap<>();
    given
        .tailMap(prefix)
        .headMap(key + "/")
        .forEach((k, g) -> g.ifGiven(text -> entries.put(k.substring(prefix.length()), text)));
    return Collections.unmodifiableMap(entries);
  }

  /** The layer that a key's value is of; DEFAULTS where it has none. */
  Layer layer(String key) {
    Given g = given.get(key);
    return g == null || g.values().isEmpty() ? Layer.DEFAULTS : g.layer();
  }

  /** Gives a key without a value one that follows from others. */
  void derive(String key, String value) {
    Given g = given.get(key);
    if (g == null || g.values().isEmpty()) {
      given.put(key, new Given(Layer.DEFAULTS, key, List.of(value)));
    }
  }
}
