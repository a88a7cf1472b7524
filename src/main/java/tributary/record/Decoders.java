package tributary.record;

import tributary.base.Invalid;
import tributary.model.ModalitySpec;
import tributary.read.AudioReader;
import tributary.read.ImageReader;
import tributary.read.Signal;
import tributary.read.TextReader;

/** Which reader a modality's bytes go to. */
public final class Decoders {
  private Decoders() {}

  /** Decodes a binary payload; throws {@link tributary.read.Rejected} where it can't be. */
  public static Signal decode(ModalitySpec spec, byte[] payload) {
    if (spec instanceof ModalitySpec.Text) {
      return TextReader.read(payload);
    }
    if (spec instanceof ModalitySpec.Image || spec instanceof ModalitySpec.Pixels) {
      return ImageReader.read(payload);
    }
    if (spec instanceof ModalitySpec.Audio) {
      return AudioReader.read(payload);
    }
    throw Invalid.argument("modality kind", spec.kind(), "bytes are text, image or audio");
  }
}
