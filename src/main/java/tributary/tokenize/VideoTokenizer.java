package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Signal;

/** Patches in space and time; see {@link ModalitySpec.Video}. */
final class VideoTokenizer implements Tokenizer {
  private final ModalitySpec.Video spec;
  private final Canvas canvas;

  VideoTokenizer(ModalitySpec.Video spec) {
    this.spec = spec;
    this.canvas = ImageTokenizer.canvas(spec.frame());
  }

  @Override
  public Tokens tokens(Signal signal) {
    return new VideoTokens(spec, canvas, Kind.expect(spec, Signal.Video.class, signal));
  }
}
