package tributary.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import tributary.config.Problems;
import tributary.config.Problems.Refused;

/**
 * Model configurations as YAML or JSON (which is YAML): parsed, checked, and written back in one
 * canonical form. Keys are those of the reference's configurations.
 */
public final class ModelConfigs {
  private static final YAMLMapper YAML =
      YAMLMapper.builder(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .build();
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private ModelConfigs() {}

  /** Reads and checks a file; {@link Refused} with all that is wrong. */
  public static ModelConfig read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      throw new Refused(List.of("Cannot read " + file + ": no such file"));
    } catch (CharacterCodingException e) {
      throw new Refused(List.of("Cannot read " + file + ": not UTF-8"));
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read " + file + ": " + e));
    }
  }

  /**
   * Parses and checks.
   *
   * @param name what messages call the text
   */
  public static ModelConfig parse(String text, String name) {
    JsonNode tree;
    try {
      tree = YAML.readTree(text);
    } catch (JsonProcessingException e) {
      String where = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
      throw new Refused(List.of("Cannot read " + name + ": " + where + e.getOriginalMessage()));
    }
    Problems problems = new Problems();
    ModelConfig config = parse(tree, "", problems);
    if (!problems.none()) {
      throw new Refused(problems.all().stream().map(p -> name + ": " + p).toList());
    }
    return config;
  }

  /**
   * Parses and checks a mapping that is part of something larger. Where problems were added, the
   * result holds stand-ins and is of no use.
   *
   * @param prefix of keys in messages: empty, or ending in a dot
   */
  public static ModelConfig parse(JsonNode tree, String prefix, Problems problems) {
    Problems found = new Problems();
    ModelConfig config = ModelFields.parse(tree, prefix, found);
    if (found.none()) {
      config.check(prefix, found);
    }
    problems.addAll(found);
    return config;
  }

  /** The canonical form on one line: the same configuration gives the same text, always. */
  public static String canonicalJson(ModelConfig config) {
    return tree(config).toString();
  }

  /** The canonical form over several lines, for a person to read. */
  public static String prettyJson(ModelConfig config) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree(config)) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write configuration: " + e.getMessage(), e);
    }
  }

  private static ObjectNode tree(ModelConfig config) {
    ObjectNode to = JsonNodeFactory.instance.objectNode().put("encoder", config.encoder());
    config.write(to);
    return to;
  }
}
