package tributary.learn;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;
import tributary.model.Weight;

/**
 * The one class that knows a checkpoint's bytes: a safetensors file, readable by whatever reads
 * those.
 *
 * <pre>
 *   tensors    weight.NAME  moment.NAME                                float32
 *   metadata   checkpoint   {kind, version, step, hash, model, seed, order, configuration, versions}
 *              sha256       {@link Seal}: of the whole file
 * </pre>
 *
 * <p>Version 1 had places for averages and losses, which no run filled: it is refused.
 */
final class CheckpointFile {
  static final String KIND = "tributary-checkpoint";
  static final int VERSION = 2;
  static final String METADATA = "checkpoint";
  private static final List<String> PARTS = List.of("weight.", "moment.");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CheckpointFile() {}

  /** Writes all bytes, sealed; forced to the disk when it returns. */
  static void write(FileChannel channel, Checkpoint c) throws IOException {
    Map<String, Weight> tensors = new TreeMap<>();
    List<SortedMap<String, Weight>> parts = List.of(c.weights(), c.moments());
    for (int p = 0; p < parts.size(); p++) {
      String prefix = PARTS.get(p);
      parts.get(p).forEach((name, w) -> tensors.put(prefix + name, w));
    }
    String json = json(c).toString();
    Safetensors.write(channel, tensors, Map.of(METADATA, json, Seal.KEY, Seal.OPEN));
    Seal.close(channel);
    channel.force(true);
  }

  private static ObjectNode json(Checkpoint c) {
    RunIdentity run = c.identity();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("kind", KIND).put("version", VERSION).put("step", c.step()).put("hash", run.hash());
    json.put("model", run.model()).put("seed", run.seed()).put("order", run.order());
    ObjectNode configuration = json.putObject("configuration");
    run.configuration().forEach(configuration::put);
    ObjectNode versions = json.putObject("versions");
    c.versions().forEach(versions::put);
    return json;
  }

  /** Reads a file whose seal, kind, version and fields are right. */
  static Checkpoint read(Path file) {
    Safetensors tensors = Safetensors.read(file);
    Seal.check(file);
    JsonNode json = parsed(file, tensors.metadata().getOrDefault(METADATA, ""));
    expect(file, "kind", KIND, text(file, json, "kind"));
    expect(file, "version", VERSION, number(file, json, "version"));
    long step = number(file, json, "step");
    if (step < 0) {
      throw refused(file, "step " + step + " (expected 0 or more)");
    }
    RunIdentity run =
        new RunIdentity(
            text(file, json, "model"),
            number(file, json, "seed"),
            text(file, json, "order"),
            texts(file, json, "configuration"));
    expect(file, "hash", run.hash(), text(file, json, "hash"));
    List<SortedMap<String, Weight>> parts =
        PARTS.stream().<SortedMap<String, Weight>>map(p -> new TreeMap<>()).toList();
    for (String name : tensors.entries().keySet()) {
      int p = part(file, name);
      parts.get(p).put(name.substring(PARTS.get(p).length()), tensors.weight(name));
    }
    return new Checkpoint(step, run, texts(file, json, "versions"), parts.get(0), parts.get(1));
  }

  private static int part(Path file, String name) {
    for (int p = 0; p < PARTS.size(); p++) {
      if (name.startsWith(PARTS.get(p))) {
        return p;
      }
    }
    throw refused(file, "tensor " + name + " (expected one of " + PARTS + ")");
  }

  private static JsonNode parsed(Path file, String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw refused(file, "metadata is no valid JSON: " + e.getOriginalMessage());
    }
  }

  private static String text(Path file, JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (!node.isTextual()) {
      throw refused(file, key + " " + shown(node) + " (expected text)");
    }
    return node.textValue();
  }

  private static long number(Path file, JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw refused(file, key + " " + shown(node) + " (expected an integer)");
    }
    return node.longValue();
  }

  private static SortedMap<String, String> texts(Path file, JsonNode json, String key) {
    JsonNode node = json.path(key);
    if (!node.isObject()) {
      throw refused(file, key + " " + shown(node) + " (expected texts by name)");
    }
    SortedMap<String, String> texts = new TreeMap<>();
    node.properties().forEach(e -> texts.put(e.getKey(), text(file, node, e.getKey())));
    return texts;
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "missing" : node.toString();
  }

  private static void expect(Path file, String field, Object expected, Object found) {
    if (!expected.toString().equals(found.toString())) {
      throw refused(file, field + " " + found + " (expected " + expected + ")");
    }
  }

  static Refused refused(Path file, String reason) {
    return new Refused(List.of("Cannot read checkpoint " + file + ": " + reason));
  }
}
