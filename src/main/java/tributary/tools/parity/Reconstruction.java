package tributary.tools.parity;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import tributary.encode.Learner;
import tributary.encode.Learner.Wanted;
import tributary.model.Weight;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;

/** The loss of masked auto-encoding: mean over modalities of the mean squared error. */
final class Reconstruction {
  private Reconstruction() {}

  /**
   * Its gradients by the weights' names.
   *
   * @param wanted the tokens that count, by modality
   * @param truth by modality the tokens of all views, [views, tokens, channels]
   */
  static Map<String, float[]> gradients(
      Learner learner,
      Backend backend,
      List<Learner.View> views,
      Map<String, List<Wanted>> wanted,
      Map<String, Weight> truth) {
    try (Scope scope = backend.open(0)) {
      Tape tape = learner.weights().tape(scope);
      Learner.Encoded encoded = learner.encode(tape, views);
      wanted.forEach(
          (name, tokens) -> {
            Tensor made = encoded.reconstruct(name, tokens);
            float[] x = Objects.requireNonNull(truth.get(name)).values();
            float[] y = tape.read(made);
            tape.seed(
                made,
                slopes(y, rows(x, tokens, views.size(), made.shape().channels()), wanted.size()));
          });
      tape.backward();
      return learner.weights().gradients(tape);
    }
  }

  /** The wanted rows of [views, tokens, channels]. */
  private static float[] rows(float[] x, List<Wanted> wanted, int views, int channels) {
    int count = wanted.stream().mapToInt(w -> w.tokens().length).sum();
    float[] rows = new float[count * channels];
    int row = 0;
    for (Wanted w : wanted) {
      for (int token : w.tokens()) {
        int at = w.from().view() * (x.length / views) + token * channels;
        System.arraycopy(x, at, rows, row++ * channels, channels);
      }
    }
    return rows;
  }

  /** Of one modality's part of the loss by each value. */
  private static float[] slopes(float[] y, float[] x, int modalities) {
    float[] dy = new float[y.length];
    for (int i = 0; i < y.length; i++) {
      dy[i] = (float) (2 * ((double) y[i] - x[i]) / y.length / modalities);
    }
    return dy;
  }
}
