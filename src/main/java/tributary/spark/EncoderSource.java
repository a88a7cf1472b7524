package tributary.spark;

import java.io.Serializable;
import tributary.encode.Encoder;
import tributary.model.Model;
import tributary.models.Models;
import tributary.tensor.Backend;

/** What makes the encoder of a JVM. Made on the driver, sent with each task. */
public interface EncoderSource extends Serializable {
  /** The caller closes the encoder. */
  Encoder of(Model model, Backend backend);

  /** Encoders of the same key, model and backend are the same. */
  String key();

  /** The project's own. */
  record Own() implements EncoderSource {
    @Override
    public Encoder of(Model model, Backend backend) {
      return Models.encoder(model, backend);
    }

    @Override
    public String key() {
      return "own";
    }
  }
}
