package tributary.tools.bench;

import java.nio.file.Path;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.elastic.ElasticConfig;
import tributary.models.elastic.ElasticEncoder;
import tributary.spark.EncoderSource;
import tributary.tensor.Backend;
import tributary.tools.onnxcheck.OnnxEncoder;

/**
 * The elastic encoder in ONNX Runtime, one session a JVM and graph, cutting records as our own
 * does.
 *
 * @param folder of the exported graphs, readable where the tasks run
 * @param batch groups of a call, at most
 */
record OnnxSource(String folder, int batch) implements EncoderSource {
  @Override
  public Encoder of(Model model, Backend backend) {
    ElasticConfig config = model.config(ElasticConfig.class, "elastic");
    long tokens;
    try (Encoder own = new ElasticEncoder(model, backend)) {
      tokens = own.subsequenceTokens();
    }
    return new OnnxEncoder(config, Path.of(folder), tokens, batch);
  }

  @Override
  public String key() {
    return toString();
  }
}
