package tributary.learn;

import tributary.encode.Rows;
import tributary.model.ModalitySpec;

/**
 * How far reconstructed tokens are from those that were hidden: mean squared error over tokens and
 * channels (reference: reconstruction_loss; He et al. 2022 for targets that are normalised token by
 * token), for bytes the cross-entropy over the table's rows, in nats per byte. In double.
 */
final class MaskedLoss {
  private MaskedLoss() {}

  /**
   * One modality of a record.
   *
   * @param truth all its tokens
   * @param hidden numbers of the tokens that were reconstructed, ascending
   * @param made what was made of them, from its place `at` on: [hidden, channels]
   * @param normalize whether targets are normalised
   * @param scale by which the gradient is multiplied
   * @param gradient of the loss by `made`, times the scale, written to the same places
   * @return the loss
   */
  static double of(
      ModalitySpec spec,
      Rows truth,
      int[] hidden,
      float[] made,
      int at,
      boolean normalize,
      double scale,
      float[] gradient) {
    return spec instanceof ModalitySpec.Text
        ? bytes(truth, hidden, made, at, spec.channels(), scale, gradient)
        : values(truth, hidden, made, at, spec.channels(), normalize, scale, gradient);
  }

  private static double values(
      Rows truth,
      int[] hidden,
      float[] made,
      int at,
      int channels,
      boolean normalize,
      double scale,
      float[] gradient) {
    float[] token = new float[channels];
    double sum = 0;
    double all = (double) hidden.length * channels;
    for (int i = 0; i < hidden.length; i++) {
      truth.values(hidden[i], 1, token, 0);
      if (normalize) {
        normalize(token, 0, channels);
      }
      for (int c = 0; c < channels; c++) {
        int place = at + i * channels + c;
        double error = (double) made[place] - token[c];
        sum += error * error;
        gradient[place] = (float) (scale * 2 * error / all);
      }
    }
    return sum / all;
  }

  /** A token [channels] less its mean, over its deviation. A token of one value stays. */
  static void normalize(float[] values, int at, int channels) {
    if (channels == 1) {
      return;
    }
    double mean = 0;
    for (int c = 0; c < channels; c++) {
      mean += values[at + c];
    }
    mean /= channels;
    double variance = 0;
    for (int c = 0; c < channels; c++) {
      variance += (values[at + c] - mean) * (values[at + c] - mean);
    }
    double deviation = Math.sqrt(variance / channels + Objectives.Masking.EPSILON);
    for (int c = 0; c < channels; c++) {
      values[at + c] = (float) ((values[at + c] - mean) / deviation);
    }
  }

  private static double bytes(
      Rows truth, int[] hidden, float[] made, int at, int rows, double scale, float[] gradient) {
    int[] id = new int[1];
    double sum = 0;
    for (int i = 0; i < hidden.length; i++) {
      truth.ids(hidden[i], 1, id, 0);
      sum += CrossEntropy.of(made, at + i * rows, rows, id[0], 0, scale / hidden.length, gradient);
    }
    return sum / hidden.length;
  }
}
