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
                        cannot + "no tensor for output.bias of shape [262]"));
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
        "model_type | \"gpt2\" | Invalid model_type: gpt2 (perceiver or bert)",
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
                + ": no tensor for encoder.layer.1.output.dense.bias of shape [32]");
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
        .hasMessage("Cannot read " + dir.resolve("config.json") + ": no such file");
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
        .hasMessage("Cannot read " + dir.resolve("model-3.safetensors") + ": no such file");
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
}
