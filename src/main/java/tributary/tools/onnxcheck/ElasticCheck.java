package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.Models;
import tributary.models.elastic.ElasticConfig;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tools.parity.Difference;

/** The elastic hierarchy's graphs, step by step, beside the encoder. */
final class ElasticCheck {
  private ElasticCheck() {}

  /**
   * The largest difference over max(1, |x|), of a record with more leaf groups than a parent joins
   * and of the same without its first modality.
   */
  static double difference(Model model, Backend backend, List<Path> files) {
    ElasticConfig c = model.config(ElasticConfig.class, "elastic");
    Path folder = Objects.requireNonNull(files.get(0).toAbsolutePath().getParent());
    try (Encoder encoder = Models.encoder(model, backend);
        OnnxEncoder onnx = new OnnxEncoder(c, folder, encoder.subsequenceTokens(), 16)) {
      int tokens = c.groupSize() * (c.fanIn() + 1) + 1;
      List<Subsequence> record = Records.record(c, encoder, tokens, 1);
      String first = record.get(0).modality();
      List<Subsequence> others = record.stream().filter(s -> !s.modality().equals(first)).toList();
      return Math.max( // NaN stays
          difference(onnx, encoder, record), difference(onnx, encoder, others));
    }
  }

  private static double difference(OnnxEncoder onnx, Encoder encoder, List<Subsequence> record) {
    return Difference.ofEach(Records.embedding(onnx, record), Records.embedding(encoder, record));
  }
}
