package tributary.tokenize;

import tributary.model.ModalitySpec;
import tributary.read.Signal;

/** One token a vector, values as they are: modalities `vectors` and `raw`. */
final class VectorTokenizer implements Tokenizer {
  private final ModalitySpec spec;
  private final int width;

  VectorTokenizer(ModalitySpec spec, int width) {
    this.spec = spec;
    this.width = width;
  }

  @Override
  public Tokens tokens(Signal signal) {
    Signal.Vectors vectors = Kind.expect(spec, Signal.Vectors.class, signal);
    float[] from = vectors.values();
    if (from.length > 0) {
      Kind.width(vectors.width(), width, "values a vector");
    }
    int count = Kind.rows(from.length, width, "vectors");
    return new RowTokens(
        count, width, (i, values, at) -> System.arraycopy(from, i * width, values, at, width));
  }
}
