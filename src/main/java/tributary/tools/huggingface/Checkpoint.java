package tributary.tools.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;
import tributary.config.Problems;
import tributary.config.Problems.Refused;
import tributary.model.Dtype;
import tributary.model.Initialization;
import tributary.model.Model;
import tributary.model.ModelConfig;
import tributary.model.ModelFiles;
import tributary.model.Weight;
import tributary.model.WeightTable;
import tributary.tools.huggingface.PerceiverCheckpoint.Kind;

/**
 * A checkpoint of Hugging Face's library as a model of ours.
 *
 * @param model what came of it
 * @param architecture the class of the library that it belongs to
 * @param faults tensors that have no place, are missing or have another shape; empty unless allowed
 */
public record Checkpoint(Model model, String architecture, List<String> faults) {
  /** What is imported, in words. */
  private static final List<String> CLASSES =
      Stream.concat(
              Arrays.stream(Kind.values()).map(Kind::architecture), Stream.of("every Bert class"))
          .toList();

  public Checkpoint {
    faults = List.copyOf(faults);
  }

  /**
   * Reads a checkpoint.
   *
   * @param source a folder, or a safetensors file with its config.json beside it
   * @param allow whether faults are let pass: what has no place is left out, what is missing or has
   *     another shape is initialized at random with seed 0, and the model's origin says so
   * @throws Refused with every fault, unless they are allowed; with what can't be read, always
   */
  public static Checkpoint read(Path source, boolean allow) {
    TensorFiles files = TensorFiles.open(source);
    JsonNode json = files.config();
    Problems problems = new Problems();
    Set<String> names = files.tensors().keySet();
    Unread.check(source, json, CLASSES);
    Rules rules;
    ModelConfig config;
    switch (json.path("model_type").asText("perceiver")) {
      case "perceiver" -> {
        Kind kind = kind(json, names);
        config = PerceiverCheckpoint.config(kind, json, problems);
        rules =
            new Rules(kind.architecture(), PerceiverNames::ignored, PerceiverNames::ours, f -> {});
      }
      case "bert" -> {
        config = BertCheckpoint.config(json, names, problems);
        String named = json.path("architectures").path(0).asText("BertModel");
        rules =
            new Rules(
                named,
                BertCheckpoint::ignored,
                BertCheckpoint::ours,
                faults -> BertCheckpoint.heads(json, files.tensors(), faults));
      }
      default -> throw new IllegalStateException("Cannot import: a model type that was let pass");
    }
    problems.refuse();
    return read(source, allow, files, rules, config);
  }

  /**
   * How a class's tensors are named.
   *
   * @param ignored whether no result depends on a tensor
   * @param ours our name; null where there is none
   * @param ties adds a fault for each tensor that should be another's copy and is none
   */
  private record Rules(
      String architecture,
      Predicate<String> ignored,
      Function<String, @Nullable String> ours,
      Consumer<List<String>> ties) {}

  private static Checkpoint read(
      Path source, boolean allow, TensorFiles files, Rules rules, ModelConfig config) {
    Map<String, long[]> expected = WeightTable.of(config).shapes();
    List<String> faults = new ArrayList<>();
    Map<String, Weight> weights = new LinkedHashMap<>();
    files
        .tensors()
        .forEach(
            (name, file) -> {
              if (rules.ignored().test(name)) {
                return;
              }
              String ours = rules.ours().apply(name);
              long[] shape = ours == null ? null : expected.get(ours);
              if (ours == null || shape == null || weights.containsKey(ours)) {
                faults.add(name + " has no place in " + rules.architecture());
                return;
              }
              Dtype dtype = Objects.requireNonNull(file.entries().get(name)).dtype();
              if (!dtype.floating()) {
                faults.add(
                    name
                        + " is "
                        + dtype
                        + ": quantized weights are not read, import the checkpoint they were made of");
                return;
              }
              Weight w = PerceiverCheckpoint.flat(file.weight(name));
              if (Arrays.equals(w.shape(), shape)) {
                weights.put(ours, w);
              } else {
                faults.add(
                    name
                        + " has shape "
                        + w.shapeText()
                        + ", config.json asks for "
                        + Arrays.toString(shape));
              }
            });
    rules.ties().accept(faults);
    int missing = complete(expected, weights, faults, allow);
    if (!allow && !faults.isEmpty()) {
      List<String> all = new ArrayList<>(faults);
      all.add(
          "--allow leaves out what has no place, and initializes at random what is missing or has"
              + " another shape");
      throw new Refused(all.stream().map(f -> "Cannot import " + source + ": " + f).toList());
    }
    ModelFiles.checkFinite(weights, source);
    String origin = "imported, " + rules.architecture();
    if (missing > 0) {
      origin = "random in " + missing + " tensors, seed 0, else " + origin;
    }
    return new Checkpoint(ModelFiles.model(config, weights, origin), rules.architecture(), faults);
  }

  /** Names what is missing and, where that is allowed, fills it; how many there were. */
  private static int complete(
      Map<String, long[]> expected,
      Map<String, Weight> weights,
      List<String> faults,
      boolean allow) {
    int missing = 0;
    for (Map.Entry<String, long[]> e : expected.entrySet()) {
      if (!weights.containsKey(e.getKey())) {
        missing++;
        faults.add("no tensor for " + e.getKey() + " of shape " + Arrays.toString(e.getValue()));
        if (allow) {
          weights.put(e.getKey(), Initialization.weight(e.getKey(), e.getValue(), 0));
        }
      }
    }
    return missing;
  }

  /** What config.json names first; where it names nothing, what the tensors' names tell. */
  private static Kind kind(JsonNode json, Set<String> names) {
    JsonNode named = json.path("architectures").path(0);
    if (named.isTextual()) {
      for (Kind k : Kind.values()) {
        if (k.architecture().equals(named.textValue())) {
          return k;
        }
      }
      List<String> known = Arrays.stream(Kind.values()).map(Kind::architecture).toList();
      throw new Refused(
          List.of(Invalid.text("architectures", named.textValue(), "one of " + known)));
    }
    if (any(names, "embedding_decoder.bias")) {
      return Kind.MASKED_LM;
    }
    if (any(names, "input_preprocessor.embeddings.weight")) {
      return Kind.SEQUENCE_CLASSIFICATION;
    }
    if (any(names, "convnet_1x1.weight")) {
      return Kind.IMAGE_LEARNED;
    }
    if (any(names, "convnet.conv.weight")) {
      return Kind.IMAGE_CONV;
    }
    if (any(names, "conv_after_patches.weight")) {
      return Kind.OPTICAL_FLOW;
    }
    if (any(names, "input_preprocessor.padding.image")) {
      return Kind.MULTIMODAL;
    }
    return any(names, "final_layer.weight") ? Kind.IMAGE_FOURIER : Kind.MODEL;
  }

  private static boolean any(Collection<String> names, String end) {
    return names.stream().anyMatch(n -> n.endsWith(end));
  }
}
