package tributary.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tributary.config.ConfigFile;
import tributary.config.Fields;
import tributary.config.Problems;
import tributary.config.Problems.Refused;
import tributary.config.Yaml;
import tributary.model.ModalityFields;
import tributary.model.ModelConfig;

/**
 * Model configurations as YAML or JSON (which is YAML): parsed and checked. Keys are those of the
 * reference's configurations.
 */
public final class ModelConfigs {
  private ModelConfigs() {}

  /**
   * Reads and checks what {@link ConfigFile#find} found, a file or a resource of the jar.
   *
   * @throws Refused with all that is wrong in it
   */
  public static ModelConfig read(String place) {
    if (!place.startsWith(ConfigFile.CLASSPATH)) {
      return read(Path.of(place));
    }
    String resource = place.substring(ConfigFile.CLASSPATH.length());
    try (InputStream in = ModelConfigs.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new Refused(List.of("Cannot read " + place + ": no such resource"));
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), place);
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read " + place + ": " + e.getMessage()));
    }
  }

  /**
   * Reads and checks a file: YAML, or the JSON that was {@link #stored} with a model.
   *
   * @throws Refused with all that is wrong
   */
  public static ModelConfig read(Path file) {
    return file.toString().endsWith(".json") ? stored(file) : parse(Yaml.read(file), file + "");
  }

  /**
   * Parses and checks.
   *
   * @param name what messages call the text
   */
  public static ModelConfig parse(String text, String name) {
    return parse(Yaml.parse(text, name), name);
  }

  /**
   * Parses and checks a configuration that was stored with a model: keys that came later than the
   * model have the meaning that was in force then.
   *
   * @param name what messages call the text
   */
  public static ModelConfig stored(String text, String name) {
    return parse(completed(Yaml.parse(text, name)), name);
  }

  /** Reads and checks the configuration of a model's folder. */
  public static ModelConfig stored(Path file) {
    return parse(completed(Yaml.read(file)), file.toString());
  }

  /** Completes a stored configuration in place, where it names a family that there is. */
  public static JsonNode completed(JsonNode stored) {
    ModalityFields.complete(stored);
    String encoder = stored.path("encoder").asText().toLowerCase(Locale.ROOT);
    if (stored instanceof ObjectNode mapping && Models.names().contains(encoder)) {
      Models.named(encoder).complete(mapping);
    }
    return stored;
  }

  private static ModelConfig parse(JsonNode tree, String name) {
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
    Fields fields = new Fields(tree, prefix, found);
    ModelConfig config = Models.named(fields.oneOf("encoder", Models.names(), null)).read(fields);
    fields.refuseUnknown();
    if (found.none()) {
      config.check(prefix, found);
    }
    problems.addAll(found);
    return config;
  }
}
