package tributary.tools.onnxcheck;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tributary.config.Problems.Refused;
import tributary.encode.Encoder;
import tributary.model.ModalitySpec;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.elastic.ElasticConfig;
import tributary.split.Splitter;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tokenize.TokenBlock;

/**
 * A record by formula with its embedding, for the program in the README beside exported graphs of
 * elastic: of modality i the value of token t in channel c is ((7 t + 13 c + i) mod 17 - 8) / 8, of
 * a text byte t (7 t + i) mod 256; exact in float32.
 */
public final class Example {
  /** The file's name beside the graphs. */
  public static final String FILE = "example.json";

  private Example() {}

  /**
   * Writes it: of the first modality one group more than a parent joins, the last not full, of the
   * others a token, a group and some, and so on.
   *
   * @throws Refused where the file is there already or can't be written
   */
  public static Path write(Model model, Backend backend, Path folder) {
    ElasticConfig config = model.config(ElasticConfig.class, "elastic");
    int group = config.groupSize();
    int[] counts = {group * config.fanIn() + (group + 1) / 2, 1, group + 1, group};
    ObjectNode example = JsonMapper.builder().build().createObjectNode();
    ObjectNode tokens = example.putObject("tokens");
    List<Subsequence> record = new ArrayList<>();
    try (Encoder encoder = Models.encoder(model, backend)) {
      int number = 0;
      for (Map.Entry<String, ModalitySpec> e : config.modalities().entrySet()) {
        int count = counts[number % counts.length];
        tokens.put(e.getKey(), count);
        Splitter splitter = new Splitter(e.getKey(), encoder.subsequenceTokens(), record::add);
        splitter.push(block(e.getValue(), count, number++));
        splitter.finish();
      }
      ArrayNode embedding = example.putArray("embedding");
      for (float x : Records.embedding(encoder, record)) {
        embedding.add(x);
      }
    }
    Path file = folder.resolve(FILE);
    try {
      if (Files.exists(file)) {
        throw new Refused(List.of("Cannot write " + file + ": it is there already"));
      }
      return Files.writeString(file, example + "\n");
    } catch (IOException e) {
      throw new Refused(List.of("Cannot write " + file + ": " + e));
    }
  }

  private static TokenBlock block(ModalitySpec spec, int count, int number) {
    if (spec instanceof ModalitySpec.Text) {
      byte[] ids = new byte[count];
      for (int t = 0; t < count; t++) {
        ids[t] = (byte) ((7 * t + number) % 256);
      }
      return new TokenBlock.Ids(ids);
    }
    float[] values = new float[count * spec.channels()];
    for (int i = 0; i < values.length; i++) {
      int t = i / spec.channels();
      int c = i % spec.channels();
      values[i] = ((7 * t + 13 * c + number) % 17 - 8) / 8f;
    }
    return new TokenBlock.Values(spec.channels(), values);
  }
}
