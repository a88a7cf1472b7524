package tributary.tokenize;

import org.jspecify.annotations.Nullable;
import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * Frames of {@link MonoMix mono} sound at the modality's rate ({@link Resampler}): raw samples, or
 * {@link LogMel} bands. Frames start every `hop` samples until one reaches the end, which is filled
 * up with zeros; sound shorter than a frame is one frame, no samples are no tokens.
 */
final class AudioTokenizer implements Tokenizer {
  private final ModalitySpec.Audio spec;
  private final @Nullable LogMel mel;

  AudioTokenizer(ModalitySpec.Audio spec) {
    this.spec = spec;
    this.mel =
        spec.form() == ModalitySpec.Audio.Form.LOG_MEL
            ? new LogMel(spec.rate(), spec.frame(), spec.bands())
            : null;
  }

  @Override
  public Tokens tokens(Signal signal) {
    return new AudioTokens(spec, mel, Kind.expect(spec, Signal.Audio.class, signal));
  }
}
