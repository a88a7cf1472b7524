package tributary.tools.onnxcheck;

import java.nio.file.Path;
import java.util.List;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.Models;
import tributary.split.Subsequence;
import tributary.tensor.Backend;
import tributary.tools.parity.Difference;

/**
 * One graph from the tokens of a record to its embedding, beside the encoder.
 *
 * @param prefix of the inputs' names, before the modality's
 */
record WholeCheck(String prefix) {
  /** Tokens of a modality, where the model fixes no length. */
  private static final int SOME = 67;

  /** The largest difference over max(1, |x|), of a record by seed. */
  double difference(Model model, Backend backend, List<Path> files) {
    try (Encoder encoder = Models.encoder(model, backend);
        OnnxSession session = new OnnxSession(files.get(0), 1)) {
      List<Subsequence> record = Records.record(model.config(), encoder, SOME, 1);
      float[] theirs = session.run(Records.inputs(model.config(), record, prefix));
      return Difference.ofEach(theirs, Records.embedding(encoder, record));
    }
  }
}
