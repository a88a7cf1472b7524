package tributary.tools.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.config.Problems.Refused;
import tributary.model.ModelFiles;
import tributary.model.Safetensors;
import tributary.model.Weight;
import tributary.models.Models;
import tributary.models.bert.BertConfig;
import tributary.models.perceiverio.PerceiverIoConfig;
import tributary.tools.parity.GoldenCase;

class CheckpointTest {
  private static final String ALLOW =
      "--allow leaves out what has no place, and initializes at random what is missing or has"
          + " another shape";
  private static final String LATENTS = "perceiver.embeddings.latents";

  @TempDir Path dir;

  private final Map<String, Weight> tensors = new LinkedHashMap<>();
  private ObjectNode config;

  /** The golden language model's tensors under their own names, and its configuration. */
  @BeforeEach
  void checkpoint() {
    use("golden/hf_perceiver_masked_lm");
    config.putArray("architectures").add("PerceiverForMaskedLM");
  }

  private void use(String name) {
    GoldenCase golden = new GoldenCase(Path.of("src/test/resources/" + name + ".safetensors"));
    config = golden.config();
    tensors.clear();
    tensors.putAll(golden.weights());
  }

  private Path write() throws IOException {
    Files.writeString(dir.resolve("config.json"), config.toString());
    Safetensors.write(dir.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    return dir;
  }

  /** Every second tensor in a second file. */
  private void shards(String second) throws IOException {
    Files.writeString(dir.resolve("config.json"), config.toString());
    Map<String, Weight> a = new LinkedHashMap<>();
    Map<String, Weight> b = new LinkedHashMap<>();
    ObjectNode index = new ObjectMapper().createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    tensors.forEach(
        (name, w) -> {
          boolean first = a.size() <= b.size();
          (first ? a : b).put(name, w);
          map.put(name, first ? "model-1.safetensors" : second);
        });
    Safetensors.write(dir.resolve("model-1.safetensors"), a, Map.of());
    Safetensors.write(dir.resolve("model-2.safetensors"), b, Map.of());
    Files.writeString(dir.resolve("model.safetensors.index.json"), index.toString());
  }

  @Test
  void aFolderAFileAndShardsGiveTheSameModel() throws IOException {
    Checkpoint folder = Checkpoint.read(write(), false);
    Checkpoint file = Checkpoint.read(dir.resolve("model.safetensors"), false);
    Files.delete(dir.resolve("model.safetensors"));
    shards("model-2.safetensors");
    Checkpoint sharded = Checkpoint.read(dir, false);
    assertThat(folder.faults()).isEmpty();
    assertThat(folder.model().hash())
        .isEqualTo(file.model().hash())
        .isEqualTo(sharded.model().hash());
    assertThat(folder.model().origin()).isEqualTo("imported, PerceiverForMaskedLM");
    assertThat(folder.model().config().encoder()).isEqualTo("perceiver-io");
    ModelFiles.save(folder.model(), dir.resolve("ours"));
    assertThat(Models.load(dir.resolve("ours")).hash()).isEqualTo(folder.model().hash());
  }

  @Test
  void everyFaultIsListedAndRefusedUnlessAllowed() throws IOException {
    tensors.remove(LATENTS);
    tensors.put("perceiver.telepathy", new Weight(new long[] {1}, new float[1]));
    tensors.put("embedding_decoder.bias", new Weight(new long[] {3}, new float[3]));
    Path at = write();
    String cannot = "Cannot import " + at + ": ";
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        cannot + "perceiver.telepathy has no place in PerceiverForMaskedLM",
                        cannot + "embedding_decoder.bias has shape [3], config.json asks for [262]",
                        cannot + "no tensor for latents of shape [6, 40]",
                        cannot + "no tensor for output.bias of shape [262]",
                        cannot + ALLOW));
    Checkpoint allowed = Checkpoint.read(at, true);
    assertThat(allowed.faults()).hasSize(4);
    assertThat(allowed.model().origin())
        .isEqualTo("random in 2 tensors, seed 0, else imported, PerceiverForMaskedLM");
    assertThat(allowed.model().random()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/hf_perceiver",
        "golden/hf_perceiver_image_fourier",
        "golden/hf_perceiver_masked_lm",
        "perceiver/text_labels",
        "perceiver/image_learned",
        "perceiver/image_conv",
        "perceiver/optical_flow",
        "perceiver/multimodal"
      })
  void withoutArchitecturesTheTensorsTellTheClass(String name) throws IOException {
    use(name);
    Checkpoint checkpoint = Checkpoint.read(write(), false);
    PerceiverIoConfig read = (PerceiverIoConfig) checkpoint.model().config();
    String kind = name.substring(name.indexOf('/') + 1).replaceFirst("^hf_perceiver_?", "");
    String expected =
        switch (kind) {
          case "" -> "tokens";
          case "multimodal" -> "autoencoder";
          default -> kind;
        };
    assertThat(read.task().name()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hidden_act | \"swish\" | Invalid hidden_act: \"swish\" (one of [gelu, gelu_new, gelu_python, gelu_pytorch_tanh, relu, relu2])",
        "cross_attention_shape_for_attention | \"v\" | Invalid cross_attention_shape_for_attention: \"v\" (one of [kv, q])",
        "v_channels | 24 | Invalid v_channels: 24 (d_latents 40: self-attention adds its values to the latents)",
        "num_latents | 0 | Invalid num_latents: 0 (a whole number >= 1)",
        "num_blocks | 1.5 | Invalid num_blocks: 1.5 (a whole number >= 1)",
        "use_query_residual | 1 | Invalid use_query_residual: 1 (true or false)",
        "num_self_attention_heads | 3 | Invalid self_heads: 3 (divides self_qk 16)",
        "vocab_size | 100 | Invalid task.vocabulary: 100 (a whole number >= 262)",
        "architectures | [\"PerceiverForChess\"] | Invalid architectures: PerceiverForChess (one of [PerceiverModel,"
      })
  void fieldsThatWeDoNotHaveAreRefusedByName(String key, String value, String message)
      throws IOException {
    config.set(key, new ObjectMapper().readTree(value));
    Path at = write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void bertKeepsItsNames() throws IOException {
    use("golden/hf_bert_cross");
    Map<String, Weight> old = new LinkedHashMap<>();
    tensors.forEach(
        (n, w) -> old.put("bert." + n.replace("LayerNorm.weight", "LayerNorm.gamma"), w));
    old.put("bert.pooler.dense.weight", new Weight(new long[] {32, 32}, new float[1024]));
    old.put("bert.pooler.dense.bias", new Weight(new long[] {32}, new float[32]));
    Checkpoint plain = Checkpoint.read(write(), false);
    assertThat(plain.model().config())
        .isEqualTo(
            new BertConfig(
                50, 32, 2, 32, 2, 4, 64, "gelu", 1e-12, true, true, false, false, false));
    assertThat(plain.model().weights()).containsOnlyKeys(tensors.keySet());
    ModelFiles.save(plain.model(), dir.resolve("ours"));
    assertThat(Models.load(dir.resolve("ours")).hash()).isEqualTo(plain.model().hash());
    tensors.clear();
    tensors.putAll(old);
    Checkpoint again = Checkpoint.read(write(), false);
    assertThat(again.model().weights()).hasSize(plain.model().weights().size() + 2);
    assertThat(again.model().weight("encoder.layer.1.crossattention.self.key.bias").values())
        .isEqualTo(plain.model().weight("encoder.layer.1.crossattention.self.key.bias").values());
    tensors.remove("bert.encoder.layer.1.output.dense.bias");
    config.put("position_embedding_type", "relative_key");
    Path at = write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessage("Invalid position_embedding_type: \"relative_key\" (one of [absolute])");
    config.remove("position_embedding_type");
    write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessage(
            "Cannot import "
                + at
                + ": no tensor for encoder.layer.1.output.dense.bias of shape [32]\nCannot import "
                + at
                + ": "
                + ALLOW);
  }

  @Test
  void whatIsNoNumberIsRefused() throws IOException {
    Objects.requireNonNull(tensors.get(LATENTS)).values()[5] = Float.NaN;
    Path at = write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessage("Cannot use " + at + ": latents holds NaN");
  }

  @Test
  void aFolderWithoutWeightsOrConfigurationIsRefused() throws IOException {
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessage(
            "Cannot import "
                + dir
                + ": it holds neither model.safetensors nor model.safetensors.index.json");
    write();
    Files.delete(dir.resolve("config.json"));
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessage(
            "Cannot read "
                + dir.resolve("config.json")
                + ": no such file (saved beside the weights, it says what they are)");
    Files.writeString(dir.resolve("config.json"), "{\"a\": 1, \"a\": 2}");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessageStartingWith(
            "Cannot read " + dir.resolve("config.json") + ": no valid JSON: Duplicate field 'a'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../model-2.safetensors", "/etc/passwd", "a/b.safetensors", "", "..", ".hidden"})
  void aShardOutsideTheFolderIsRefused(String second) throws IOException {
    shards(second);
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("lies in \"" + second + "\" (the name of a file beside the index)");
  }

  @Test
  void anIndexThatLiesIsRefused() throws IOException {
    Path index = dir.resolve("model.safetensors.index.json");
    shards("model-1.safetensors");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessageContaining("Cannot read " + index + ": tensor ")
        .hasMessageContaining(" is not in model-1.safetensors");
    shards("model-3.safetensors");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessageMatching(
            "Cannot read .*model-3.safetensors: no such file \\(model.safetensors.index.json has"
                + " [0-9]+ tensors in it\\)");
    shards("model-2.safetensors");
    Safetensors.write(
        dir.resolve("model-2.safetensors"),
        with(Safetensors.read(dir.resolve("model-2.safetensors"))),
        Map.of());
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessage("Cannot read " + index + ": model-2.safetensors holds extra unnamed");
    for (String text : List.of("{}", "{\"weight_map\": []}", "{\"weight_map\": {}}")) {
      Files.writeString(index, text);
      assertThatThrownBy(() -> Checkpoint.read(dir, false))
          .hasMessage("Cannot read " + index + ": weight_map is no mapping of tensors");
    }
    Files.writeString(index, "{\"weight_map\": {\"a\": ");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessageStartingWith("Cannot read " + index + ": no valid JSON: ");
  }

  private static Map<String, Weight> with(Safetensors file) {
    Map<String, Weight> all = new LinkedHashMap<>();
    file.entries().keySet().forEach(n -> all.put(n, file.weight(n)));
    all.put("extra", new Weight(new long[] {1}, new float[1]));
    return all;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1000000 | {} | header of 1000000 bytes in a file of",
        "0 | {\"a\":{\"dtype\":\"F32\",\"shape\":[2500000000],\"data_offsets\":[0,10000000000]}} | tensor a has the offsets [0, 10000000000] in 8 bytes of values",
        "0 | {\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | tensor b begins at byte 0, inside the tensor before it that ends at 4",
        "0 | {\"a\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}} | tensor a has the unknown dtype \"Q4\""
      })
  void aWeightsFileThatLiesIsRefused(long more, String header, String reason) throws IOException {
    write();
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(16 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(more == 0 ? json.length : more).put(json);
    Path file = Files.write(dir.resolve("model.safetensors"), b.array());
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("Cannot read " + file + ": " + reason);
  }

  /** What is there instead of safetensors, and the line of Python that converts it. */
  @ParameterizedTest
  @CsvSource({
    "pytorch_model.bin, ''",
    "pytorch_model-00001-of-00002.bin, ''",
    "weights.pt, ''",
    "tf_model.h5, ', from_tf=True'",
    "flax_model.msgpack, ', from_flax=True'"
  })
  void otherFormatsAreNamedWithWhatConvertsThem(String file, String from) throws IOException {
    Files.writeString(dir.resolve("config.json"), config.toString());
    Files.writeString(dir.resolve(file), "pickle");
    String message =
        "Cannot import "
            + dir.resolve(file)
            + ": only safetensors are read, which hold no code. Convert it once, in"
            + " Python: from transformers import PerceiverForMaskedLM as M; M.from_pretrained('"
            + dir
            + "'"
            + from
            + ").save_pretrained('"
            + dir
            + "-safetensors', safe_serialization=True); then import "
            + dir
            + "-safetensors";
    assertThatThrownBy(() -> Checkpoint.read(dir, false)).hasMessage(message);
    assertThatThrownBy(() -> Checkpoint.read(dir.resolve(file), false)).hasMessage(message);
    Files.writeString(dir.resolve("config.json"), "{}");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessageContaining("from transformers import AutoModel as M;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model-00001-of-00002.safetensors | , but shards [model-00001-of-00002.safetensors]: the index tells what is in them, add it",
        "adapter_model.safetensors | , but adapter_model.safetensors, which changes another checkpoint: merge them first (peft: merge_and_unload) and save the whole",
        "other.safetensors | , but [other.safetensors]: give the file itself, config.json beside it",
        "q4.gguf | , but [q4.gguf], which is not read: import what it was made of",
        "training_args.bin | ''"
      })
  void aFolderIsToldByWhatItHolds(String file, String more) throws IOException {
    Files.writeString(dir.resolve(file), "x");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessage(
            "Cannot import "
                + dir
                + ": it holds neither model.safetensors nor model.safetensors.index.json"
                + more);
  }

  @Test
  void whatIsNotThereIsNotDownloaded() {
    assertThatThrownBy(() -> Checkpoint.read(dir.resolve("no/perceiver"), false))
        .hasMessage(
            "Cannot import "
                + dir.resolve("no/perceiver")
                + ": no such folder or file here (nothing is downloaded: fetch the checkpoint first)");
  }

  @Test
  void aPointerIsNoFile() throws IOException {
    write();
    Path file = dir.resolve("model.safetensors");
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    assertThatThrownBy(() -> Checkpoint.read(dir, false))
        .hasMessage(
            "Cannot read "
                + file
                + ": it is a Git LFS pointer, not the weights themselves (git lfs pull fetches them)");
  }

  @Test
  void otherModelsAreNamed() throws IOException {
    config.put("model_type", "roberta").putArray("architectures").add("RobertaModel");
    Path at = write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessageStartingWith(
            "Cannot import "
                + at
                + ": model_type roberta (RobertaModel) has no class here. These have:")
        .hasMessageContaining(" PerceiverForMaskedLM, ")
        .hasMessageEndingWith(
            "every Bert class. Embeddings that it makes elsewhere are a modality of kind vectors");
    Files.writeString(dir.resolve("config.json"), "{\"encoder\": \"elastic\"}");
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessage(
            "Cannot import "
                + at
                + ": it is a model of Tributary's already (model.path: "
                + at
                + ")");
  }

  @Test
  void quantizedWeightsAreRefused() throws IOException {
    config.putObject("quantization_config").put("quant_method", "gptq");
    Path at = write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessage(
            "Cannot import "
                + at
                + ": its weights are quantized (quantization_config: gptq); import the checkpoint it"
                + " was made of, or save it dequantized: model.dequantize(), then save_pretrained");
    config.remove("quantization_config");
    write();
    byte[] all = Files.readAllBytes(dir.resolve("model.safetensors"));
    String header = new String(all, StandardCharsets.ISO_8859_1);
    int of = header.indexOf("\"dtype\":\"F32\"", header.indexOf(LATENTS));
    // Integers of the same size, so that the file holds as many bytes as it says.
    all[of + "\"dtype\":\"".length()] = 'I';
    Files.write(dir.resolve("model.safetensors"), all);
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessageStartingWith(
            "Cannot import "
                + at
                + ": "
                + LATENTS
                + " is I32: quantized weights are not read, import the checkpoint they were made of");
  }

  /** A head that is a copy goes; one that isn't is named, and goes only where that is allowed. */
  @Test
  void untiedHeadsAreNamed() throws IOException {
    use("golden/hf_bert_cross");
    String words = "embeddings.word_embeddings.weight";
    Weight embeddings = Objects.requireNonNull(tensors.get(words));
    tensors.put("cls.predictions.bias", new Weight(new long[] {50}, new float[50]));
    tensors.put(
        "cls.predictions.transform.dense.weight", new Weight(new long[] {32, 32}, new float[1024]));
    for (String name : List.of("dense.bias", "LayerNorm.weight", "LayerNorm.bias")) {
      tensors.put("cls.predictions.transform." + name, new Weight(new long[] {32}, new float[32]));
    }
    String head = "cls.predictions.decoder.weight";
    tensors.put(head, embeddings);
    assertThat(Checkpoint.read(write(), false).faults()).isEmpty();
    float[] changed = embeddings.values().clone();
    changed[7]++;
    tensors.put(head, new Weight(embeddings.shape(), changed));
    Path at = write();
    String advice =
        ": no class here has an untied language head; save the model without its heads"
            + " (BertModel.from_pretrained, save_pretrained)";
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessageStartingWith(
            "Cannot import "
                + at
                + ": "
                + head
                + " differs from "
                + words
                + ", which it is tied to"
                + advice);
    config.put("tie_word_embeddings", false);
    write();
    assertThatThrownBy(() -> Checkpoint.read(at, false))
        .hasMessageContaining(
            ": " + head + " is a head of its own (tie_word_embeddings false)" + advice)
        .hasMessageContaining(": cls.predictions.bias has no place in ");
    Checkpoint allowed = Checkpoint.read(at, true);
    assertThat(allowed.faults()).hasSize(6);
    assertThat(allowed.model().origin()).startsWith("imported, ");
    tensors.keySet().removeIf(n -> n.startsWith("cls."));
    assertThat(Checkpoint.read(write(), false).faults()).isEmpty();
  }
}
