package tributary.tensor;

/** {@link Activation} in double. */
public final class Activations {
  private Activations() {}

  public static double apply(Activation activation, double x) {
    return switch (activation) {
      case NONE -> x;
      case RELU -> Math.max(x, 0);
      case SQUARED_RELU -> Math.max(x, 0) * Math.max(x, 0);
      case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    };
  }

  /**
   * The derivative.
   *
   * @param at the result for NONE, RELU and SQUARED_RELU, else what the activation is applied to
   */
  public static double slope(Activation activation, double at) {
    return switch (activation) {
      case NONE -> 1;
      case RELU -> at > 0 ? 1 : 0;
      case SQUARED_RELU -> 2 * Math.sqrt(at);
      case GELU ->
          0.5 * (1 + erf(at / Math.sqrt(2)))
              + at * Math.exp(-0.5 * at * at) / Math.sqrt(2 * Math.PI);
      case GELU_TANH -> {
        double inner = Math.sqrt(2 / Math.PI) * (at + 0.044715 * at * at * at);
        double t = Math.tanh(inner);
        double slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * at * at);
        yield 0.5 * (1 + t) + 0.5 * at * (1 - t * t) * slope;
      }
    };
  }

  /**
   * 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6): all terms
   * have one sign, so nothing cancels. +-1 beyond 6, where 1 - erf is below a double's precision.
   */
  static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
