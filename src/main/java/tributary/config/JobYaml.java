package tributary.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import tributary.config.Problems.Refused;

/**
 * A YAML text as a tree whose scalars are texts as they are spelt: `007` and `1.50` reach a
 * format's options unchanged, and the typed reading decides what a number is. Duplicate keys,
 * aliases and further documents are refused.
 */
final class JobYaml {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JobYaml() {}

  /** Reads a file; {@link Refused} where it cannot be read. An empty one is an empty mapping. */
  static JsonNode read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new Refused(List.of("Cannot read " + file + ": no such file"));
    } catch (CharacterCodingException e) {
      throw new Refused(List.of("Cannot read " + file + ": not UTF-8"));
    } catch (IOException e) {
      String reason = Files.isDirectory(file) ? "a folder" : e.toString();
      throw new Refused(List.of("Cannot read " + file + ": " + reason));
    }
  }

  /**
   * Parses a text.
   *
   * @param name what messages call it
   */
  static JsonNode parse(String text, String name) {
    try (YAMLParser parser = YAML.createParser(text)) {
      if (parser.nextToken() == null) {
        return NODES.objectNode();
      }
      JsonNode tree = node(parser, name);
      if (parser.nextToken() != null) {
        throw refused(name, parser, "a second document");
      }
      return tree.isNull() ? NODES.objectNode() : tree;
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
      throw new Refused(List.of("Cannot read " + name + ": " + where + firstLine(e)));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name + ": " + e, e);
    }
  }

  private static JsonNode node(YAMLParser parser, String name) throws IOException {
    if (parser.isCurrentAlias()) {
      throw refused(name, parser, "an alias (write the value out)");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        ObjectNode mapping = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          mapping.set(key, node(parser, name));
        }
        yield mapping;
      }
      case START_ARRAY -> {
        ArrayNode list = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(node(parser, name));
        }
        yield list;
      }
      case VALUE_NULL -> NODES.nullNode();
      default -> isNothing(parser) ? NODES.nullNode() : NODES.textNode(parser.getText());
    };
  }

  /** A scalar of no characters at all, which YAML takes for a null; a quoted empty text has two. */
  private static boolean isNothing(YAMLParser parser) throws IOException {
    return parser.getText().isEmpty()
        && parser.currentTokenLocation().getCharOffset()
            == parser.currentLocation().getCharOffset();
  }

  /** A node in one line, for messages. */
  static String text(JsonNode node) {
    return node instanceof MissingNode
        ? "missing"
        : node.isTextual() ? node.textValue() : node + "";
  }

  private static Refused refused(String name, JsonParser parser, String what) {
    int line = parser.currentTokenLocation().getLineNr();
    return new Refused(List.of("Cannot read " + name + ": line " + line + ": " + what));
  }

  private static String firstLine(JsonProcessingException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("not YAML");
  }
}
