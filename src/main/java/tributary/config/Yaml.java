package tributary.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import tributary.config.Problems.Refused;

/**
 * YAML, and so JSON, as a tree: jobs, model configurations and the configurations of golden cases.
 * A scalar is what JSON takes it for; one in quotes, or spelt otherwise, is a text. Numbers keep
 * their spelling ({@link JsonNode#asText}): `007` is a text, and `1.50` remains `1.50`. Duplicate
 * keys, aliases and further documents are refused.
 */
public final class Yaml {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Pattern WHOLE = Pattern.compile("0|-?[1-9][0-9]{0,18}");
  // As in JSON; the 0 before a point may be left out.
  private static final Pattern NUMBER =
      Pattern.compile("-?(?=\\.?[0-9])(0|[1-9][0-9]*)?(\\.[0-9]+)?([eE][+-]?[0-9]{1,9})?");

  private Yaml() {}

  /** Reads a file; {@link Refused} where it cannot be read. */
  public static JsonNode read(Path file) {
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
   * Parses a text; {@link Refused} with the line of what is wrong.
   *
   * @param name what messages call it
   * @return the tree, a missing node where there is none
   */
  public static JsonNode parse(String text, String name) {
    try (YAMLParser parser = YAML.createParser(text)) {
      if (parser.nextToken() == null) {
        return MissingNode.getInstance();
      }
      JsonNode tree = node(parser, name);
      if (parser.nextToken() != null) {
        throw refused(name, parser, "a second document");
      }
      return tree;
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
      default -> isPlain(parser) ? scalar(parser.getText()) : NODES.textNode(parser.getText());
    };
  }

  /** Whether a scalar takes as many characters in the file as it has: no quotes, no tag. */
  private static boolean isPlain(YAMLParser parser) throws IOException {
    long length =
        parser.currentLocation().getCharOffset() - parser.currentTokenLocation().getCharOffset();
    return length == parser.getText().length();
  }

  /** What a scalar without quotes is. */
  static JsonNode scalar(String text) {
    if (WHOLE.matcher(text).matches()) {
      BigInteger value = new BigInteger(text);
      return value.bitLength() < Long.SIZE
          ? NODES.numberNode(value.longValue())
          : NODES.numberNode(value);
    }
    if (NUMBER.matcher(text).matches()) {
      return new Spelt(text);
    }
    return switch (text) {
      case "" -> NODES.nullNode();
      case "true", "false" -> NODES.booleanNode(text.equals("true"));
      default -> NODES.textNode(text);
    };
  }

  /** A number that remembers how it was spelt. */
  private static final class Spelt extends DecimalNode {
    private final String text;

    Spelt(String text) {
      super(new BigDecimal(text));
      this.text = text;
    }

    @Override
    public String asText() {
      return text;
    }
  }

  /** A tree whose scalars are texts as they are spelt; nulls remain. */
  static JsonNode texts(JsonNode tree) {
    if (tree.isObject()) {
      ObjectNode mapping = NODES.objectNode();
      tree.properties().forEach(f -> mapping.set(f.getKey(), texts(f.getValue())));
      return mapping;
    }
    if (tree.isArray()) {
      ArrayNode list = NODES.arrayNode();
      tree.forEach(entry -> list.add(texts(entry)));
      return list;
    }
    return tree.isNumber() || tree.isBoolean() ? NODES.textNode(tree.asText()) : tree;
  }

  /** A node in one line, for messages. */
  static String text(JsonNode node) {
    if (node.isMissingNode()) {
      return "missing";
    }
    return node.isValueNode() ? node.asText() : node.toString();
  }

  private static Refused refused(String name, JsonParser parser, String what) {
    int line = parser.currentTokenLocation().getLineNr();
    return new Refused(List.of("Cannot read " + name + ": line " + line + ": " + what));
  }

  private static String firstLine(JsonProcessingException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("not YAML");
  }
}
