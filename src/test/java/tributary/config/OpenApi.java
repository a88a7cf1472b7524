package tributary.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;

/**
 * What an object has that a structural schema of Kubernetes (OpenAPI v3) doesn't allow: unknown
 * fields, other types, values outside of what is listed, what is missing.
 */
@NullUnmarked
final class OpenApi {
  private static final Set<String> KNOWN =
      Set.of(
          "type",
          "properties",
          "required",
          "items",
          "additionalProperties",
          "enum",
          "minimum",
          "maximum",
          "pattern",
          "anyOf",
          "nullable",
          "default",
          "description",
          "format",
          "x-kubernetes-preserve-unknown-fields",
          "x-kubernetes-int-or-string",
          "x-kubernetes-list-type",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-map-type");

  private final List<String> faults = new ArrayList<>();

  private OpenApi() {}

  /** Each fault with its path; none for a valid object. */
  static List<String> faults(JsonNode schema, JsonNode value) {
    OpenApi check = new OpenApi();
    check.check(schema, value, "");
    return check.faults;
  }

  private void check(JsonNode schema, JsonNode value, String path) {
    schema.fieldNames().forEachRemaining(k -> expect(KNOWN.contains(k), path, "schema has " + k));
    if (value.isNull()) {
      expect(schema.path("nullable").booleanValue(), path, "null");
      return;
    }
    if (schema.path("x-kubernetes-int-or-string").booleanValue()) {
      expect(value.isInt() || value.isTextual(), path, "neither whole number nor text: " + value);
      return;
    }
    type(schema.path("type").asText(), value, path);
    values(schema, value, path);
    if (value.isObject()) {
      object(schema, value, path);
    }
    for (int i = 0; i < value.size() && value.isArray(); i++) {
      check(schema.path("items"), value.get(i), path + "[" + i + "]");
    }
  }

  private void type(String type, JsonNode value, String path) {
    boolean right =
        switch (type) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "integer" -> value.isIntegralNumber();
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          default -> throw new AssertionError(path + ": schema has type '" + type + "'");
        };
    expect(right, path, "no " + type + ": " + value);
  }

  private void values(JsonNode schema, JsonNode value, String path) {
    if (schema.has("enum")) {
      boolean listed = false;
      for (JsonNode one : schema.get("enum")) {
        listed |= one.equals(value);
      }
      expect(listed, path, value + " is none of " + schema.get("enum"));
    }
    if (schema.has("minimum")) {
      expect(value.asDouble() >= schema.get("minimum").asDouble(), path, "too small: " + value);
    }
    if (schema.has("maximum")) {
      expect(value.asDouble() <= schema.get("maximum").asDouble(), path, "too large: " + value);
    }
    if (schema.has("pattern")) {
      boolean found =
          Pattern.compile(schema.get("pattern").asText()).matcher(value.asText()).find();
      expect(found, path, value + " is not " + schema.get("pattern"));
    }
  }

  private void object(JsonNode schema, JsonNode value, String path) {
    for (JsonNode name : schema.path("required")) {
      expect(value.has(name.asText()), path, name.asText() + " is missing");
    }
    boolean open = schema.path("x-kubernetes-preserve-unknown-fields").booleanValue();
    value
        .properties()
        .forEach(
            field -> {
              String name = field.getKey();
              JsonNode known = schema.path("properties").path(name);
              JsonNode any = schema.path("additionalProperties");
              if (!known.isMissingNode()) {
                check(known, field.getValue(), path + "/" + name);
              } else if (any.isObject()) {
                check(any, field.getValue(), path + "/" + name);
              } else {
                expect(open, path, "unknown field " + name);
              }
            });
  }

  private void expect(boolean holds, String path, String fault) {
    if (!holds) {
      faults.add(path + ": " + fault);
    }
  }
}
