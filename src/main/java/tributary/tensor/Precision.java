package tributary.tensor;

import java.util.Locale;

/** What the operands of products with weights are rounded to; sums are float32 in any case. */
public enum Precision {
  FLOAT32,
  /**
   * 8 bits of exponent, 8 of mantissa: the inputs and weights of linear layers are rounded to the
   * nearest (ties to even); attention, norms, biases, residuals and activations stay float32.
   */
  BFLOAT16;

  /** The nearest value that has this precision; ties to even. */
  public float round(float x) {
    if (this == FLOAT32 || !Float.isFinite(x)) {
      return x;
    }
    int bits = Float.floatToRawIntBits(x);
    int half = 0x7fff + (bits >>> 16 & 1);
    return Float.intBitsToFloat(bits + half & 0xffff0000);
  }

  /** The name that configurations use: float32 or bfloat16. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
