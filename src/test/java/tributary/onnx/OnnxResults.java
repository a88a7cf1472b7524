package tributary.onnx;

import static org.assertj.core.api.Assertions.assertThat;

/** What ONNX Runtime gave beside what was expected. */
public final class OnnxResults {
  private OnnxResults() {}

  /** Largest |x - expected| / max(1, |expected|). */
  public static double difference(float[] x, float[] expected) {
    assertThat(x).hasSameSizeAs(expected);
    double worst = 0;
    for (int i = 0; i < x.length; i++) {
      assertThat(x[i]).isFinite();
      worst =
          Math.max(
              worst, Math.abs((double) x[i] - expected[i]) / Math.max(1, Math.abs(expected[i])));
    }
    return worst;
  }
}
