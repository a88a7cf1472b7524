package tributary.tools.huggingface;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.config.Problems;
import tributary.config.Problems.Refused;
import tributary.model.Safetensors;

/**
 * The tensors of a checkpoint: one safetensors file, or a folder with model.safetensors, or one
 * with shards and model.safetensors.index.json. Headers are read and checked when it is opened,
 * values when they are asked for.
 *
 * <p>An index that lies is {@link Refused}, with all that is wrong: bad JSON, a shard outside the
 * folder or missing, a tensor that its shard does not hold, one in a shard that the index does not
 * name.
 */
final class TensorFiles {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  static final String CONFIG = "config.json";

  /** The name of a file beside the index. */
  private static final String FILE = "[A-Za-z0-9_-][A-Za-z0-9._-]*";

  private static final long MOST_JSON = 64 << 20;
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path folder;
  private final Map<String, Safetensors> tensors; // the file of each

  private TensorFiles(Path folder, Map<String, Safetensors> tensors) {
    this.folder = folder;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** Opens a folder, or a file with its config.json beside it. */
  static TensorFiles open(Path source) {
    if (Files.isDirectory(source)) {
      if (Files.exists(source.resolve(SINGLE))) {
        return new TensorFiles(source, all(source.resolve(SINGLE)));
      }
      if (Files.exists(source.resolve(INDEX))) {
        return new TensorFiles(source, sharded(source));
      }
      throw Unread.folder(source);
    }
    if (!Files.exists(source)) {
      throw new Refused(
          List.of(
              "Cannot import "
                  + source
                  + ": no such folder or file here (nothing is downloaded: fetch the checkpoint"
                  + " first)"));
    }
    Unread.check(source);
    Path folder = source.toAbsolutePath().getParent();
    return new TensorFiles(folder == null ? Path.of(".") : folder, all(source));
  }

  private static Map<String, Safetensors> all(Path file) {
    Unread.checkPointer(file);
    Safetensors read = Safetensors.read(file);
    Map<String, Safetensors> found = new LinkedHashMap<>();
    read.entries().keySet().forEach(name -> found.put(name, read));
    return found;
  }

  private static Map<String, Safetensors> sharded(Path folder) {
    Path index = folder.resolve(INDEX);
    JsonNode map = json(index).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new Refused(List.of("Cannot read " + index + ": weight_map is no mapping of tensors"));
    }
    Problems problems = new Problems();
    missing(folder, index, map, problems);
    problems.refuse();
    Map<String, Safetensors> shards = new TreeMap<>();
    Map<String, Safetensors> found = new LinkedHashMap<>();
    map.properties()
        .forEach(
            e -> {
              String file = e.getValue().isTextual() ? e.getValue().textValue() : "";
              if (!file.matches(FILE)) {
                problems.add(
                    "Cannot read "
                        + index
                        + ": tensor "
                        + e.getKey()
                        + " lies in "
                        + e.getValue()
                        + " (the name of a file beside the index)");
                return;
              }
              Safetensors shard =
                  shards.computeIfAbsent(
                      file,
                      f -> {
                        Unread.checkPointer(folder.resolve(f));
                        return Safetensors.read(folder.resolve(f));
                      });
              if (!shard.has(e.getKey())) {
                problems.add(
                    "Cannot read " + index + ": tensor " + e.getKey() + " is not in " + file);
                return;
              }
              found.put(e.getKey(), shard);
            });
    shards.forEach(
        (file, shard) -> {
          for (String name : shard.entries().keySet()) {
            if (!map.has(name)) {
              problems.add("Cannot read " + index + ": " + file + " holds " + name + " unnamed");
            }
          }
        });
    problems.refuse();
    return found;
  }

  /** Names every shard that isn't there, with how many tensors it should hold. */
  private static void missing(Path folder, Path index, JsonNode map, Problems problems) {
    Map<String, Integer> tensors = new TreeMap<>();
    map.forEach(
        file -> {
          if (file.isTextual() && file.textValue().matches(FILE)) {
            tensors.merge(file.textValue(), 1, Integer::sum);
          }
        });
    tensors.forEach(
        (file, n) -> {
          if (!Files.exists(folder.resolve(file))) {
            problems.add(
                "Cannot read "
                    + folder.resolve(file)
                    + ": no such file ("
                    + index.getFileName()
                    + " has "
                    + n
                    + " tensors in it)");
          }
        });
  }

  /** config.json. */
  JsonNode config() {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      throw new Refused(
          List.of(
              "Cannot read "
                  + file
                  + ": no such file (saved beside the weights, it says what they are)"));
    }
    return json(file);
  }

  static JsonNode json(Path file) {
    try {
      if (Files.size(file) > MOST_JSON) {
        throw new Refused(
            List.of(
                "Cannot read "
                    + file
                    + ": "
                    + Files.size(file)
                    + " bytes (at most "
                    + MOST_JSON
                    + ")"));
      }
      JsonNode tree = JSON.readTree(Files.readAllBytes(file));
      if (tree == null || !tree.isObject()) {
        throw new Refused(List.of("Cannot read " + file + ": no JSON object"));
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw new Refused(
          List.of("Cannot read " + file + ": no valid JSON: " + e.getOriginalMessage()));
    } catch (NoSuchFileException e) {
      throw new Refused(List.of("Cannot read " + file + ": no such file"));
    } catch (IOException e) {
      throw new Refused(List.of("Cannot read " + file + ": " + e));
    }
  }

  /** Every tensor's file by name. */
  Map<String, Safetensors> tensors() {
    return tensors;
  }
}
