package tributary.tools.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tributary.config.Problems.Refused;

/** Sources that are not read: each is named, with what to do about it. */
final class Unread {
  /** What a Git LFS pointer begins with, which a clone without LFS has in place of a large file. */
  private static final String POINTER = "version https://git-lfs";

  /** Endings of weights in other formats, with the argument that converts them. */
  private static final Map<String, String> CONVERTED =
      Map.of(
          ".bin", "",
          ".pt", "",
          ".pth", "",
          ".ckpt", "",
          ".h5", ", from_tf=True",
          ".msgpack", ", from_flax=True");

  private Unread() {}

  /** A folder with neither of the files that are read. */
  static Refused folder(Path folder) {
    List<String> names = names(folder);
    String neither = "it holds neither " + TensorFiles.SINGLE + " nor " + TensorFiles.INDEX;
    List<String> shards = names.stream().filter(n -> n.matches("model-.*\\.safetensors")).toList();
    if (!shards.isEmpty()) {
      return refused(
          folder, neither + ", but shards " + shards + ": the index tells what is in them, add it");
    }
    if (names.contains("adapter_model.safetensors")) {
      return refused(
          folder,
          neither
              + ", but adapter_model.safetensors, which changes another checkpoint: merge them first"
              + " (peft: merge_and_unload) and save the whole");
    }
    List<String> tensors = names.stream().filter(n -> n.endsWith(".safetensors")).toList();
    if (!tensors.isEmpty()) {
      return refused(
          folder, neither + ", but " + tensors + ": give the file itself, config.json beside it");
    }
    return names.stream()
        .filter(n -> CONVERTED.containsKey(ending(n)) && !n.equals("training_args.bin"))
        .findFirst()
        .map(n -> file(folder, n))
        .orElseGet(() -> other(folder, neither, names));
  }

  private static Refused other(Path folder, String neither, List<String> names) {
    List<String> gguf = names.stream().filter(n -> n.endsWith(".gguf")).toList();
    return gguf.isEmpty()
        ? refused(folder, neither)
        : refused(
            folder, neither + ", but " + gguf + ", which is not read: import what it was made of");
  }

  /** Refuses a file that by its name holds no safetensors. */
  static void check(Path file) {
    Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("."));
    String name = String.valueOf(file.getFileName());
    if (CONVERTED.containsKey(ending(name))) {
      throw file(folder, name);
    }
  }

  /** Refuses what a clone has in place of a large file. */
  static void checkPointer(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(POINTER.length());
      if (new String(start, StandardCharsets.ISO_8859_1).equals(POINTER)) {
        throw new Refused(
            List.of(
                "Cannot read "
                    + file
                    + ": it is a Git LFS pointer, not the weights themselves (git lfs pull fetches"
                    + " them)"));
      }
    } catch (IOException e) {
      // Whoever reads it says so.
    }
  }

  /** Weights in another format, with the line of Python that converts them. */
  private static Refused file(Path folder, String name) {
    String to = folder + "-safetensors";
    String by =
        "from transformers import %s as M; M.from_pretrained(%s%s).save_pretrained(%s,"
            + " safe_serialization=True)";
    String line =
        by.formatted(
            architecture(folder), quoted("" + folder), CONVERTED.get(ending(name)), quoted(to));
    return refused(
        folder.resolve(name),
        "only safetensors are read, which hold no code. Convert it once, in Python: "
            + line
            + "; then import "
            + to);
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  /** The class that config.json names, with all its heads; else the one without heads. */
  private static String architecture(Path folder) {
    try {
      JsonNode named = TensorFiles.json(folder.resolve(TensorFiles.CONFIG)).path("architectures");
      String first = named.path(0).asText();
      return first.matches("[A-Za-z][A-Za-z0-9]*") ? first : "AutoModel";
    } catch (Refused e) {
      return "AutoModel";
    }
  }

  private static String ending(String name) {
    return name.substring(Math.max(0, name.lastIndexOf('.')));
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> String.valueOf(f.getFileName()))
          .sorted()
          .collect(Collectors.toUnmodifiableList());
    } catch (IOException e) {
      throw refused(folder, e.toString());
    }
  }

  /** Refuses a configuration of what no class here runs, with what there is. */
  static void check(Path source, JsonNode config, List<String> classes) {
    if (config.has("encoder") && !config.has("model_type")) {
      throw refused(source, "it is a model of Tributary's already (model.path: " + source + ")");
    }
    JsonNode quantized = config.path("quantization_config");
    if (quantized.isObject()) {
      throw refused(
          source,
          "its weights are quantized (quantization_config: "
              + quantized.path("quant_method").asText("by an unnamed method")
              + "); import the checkpoint it was made of, or save it dequantized: model.dequantize(),"
              + " then save_pretrained");
    }
    String type = config.path("model_type").asText("perceiver");
    if (!type.equals("perceiver") && !type.equals("bert")) {
      throw refused(
          source,
          "model_type "
              + type
              + (config.path("architectures").has(0)
                  ? " (" + config.path("architectures").path(0).asText() + ")"
                  : "")
              + " has no class here. These have: "
              + String.join(", ", classes)
              + ". Embeddings that it makes elsewhere are a modality of kind vectors");
    }
  }

  private static Refused refused(Path source, String reason) {
    return new Refused(List.of("Cannot import " + source + ": " + reason));
  }
}
