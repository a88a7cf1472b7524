package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Signal;

/**
 * Makes tokens of the signals of one modality. Stateless and deterministic: the same signal gives
 * the same bits on every machine. Lives in a task; may be shared by threads.
 */
public interface Tokenizer {
  /**
   * The tokens of a signal, in order; none for an empty signal. A fault found at once or while
   * pulling is a {@link tributary.read.Rejected}.
   *
   * @throws IllegalArgumentException if the signal is of another kind than the modality
   */
  Tokens tokens(Signal signal);

  /**
   * Places of an image's patches (row * columns + column of the patch grid), in the order of the
   * tokens.
   */
  static int[] patches(ModalitySpec.Image spec) {
    return ImageTokenizer.places(spec);
  }

  /** The tokenizer that a modality asks for. */
  static Tokenizer of(ModalitySpec spec) {
    if (spec instanceof ModalitySpec.Text) {
      return signal -> new TextTokens(Kind.expect(spec, Signal.Text.class, signal));
    }
    if (spec instanceof ModalitySpec.Image image) {
      return new ImageTokenizer(image);
    }
    if (spec instanceof ModalitySpec.Pixels pixels) {
      return new PixelTokenizer(pixels);
    }
    if (spec instanceof ModalitySpec.Audio audio) {
      return new AudioTokenizer(audio);
    }
    if (spec instanceof ModalitySpec.Video video) {
      return new VideoTokenizer(video);
    }
    if (spec instanceof ModalitySpec.Vectors vectors) {
      return new VectorTokenizer(spec, vectors.width());
    }
    if (spec instanceof ModalitySpec.Series series) {
      return new SeriesTokenizer(series);
    }
    if (spec instanceof ModalitySpec.Points points) {
      return new PointTokenizer(points);
    }
    return new VectorTokenizer(spec, spec.channels());
  }
}
