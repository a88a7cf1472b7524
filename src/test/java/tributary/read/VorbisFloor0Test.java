package tributary.read;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Tolerance;

/** Curves against the formulas of the specification, section 6.2.3. */
class VorbisFloor0Test {
  private static final int RATE = 8000;
  private static final int STEPS = 40;
  private static final int AMPLITUDE_BITS = 6;
  private static final int OFFSET = 60;
  private static final int N = 128;

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 6, 7, 8})
  void theCurveIsThatOfTheSpecification(int order) {
    Random random = new Random(order);
    float[] values = new float[16 * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() * 0.3f;
    }
    byte[] lengths = new byte[16];
    Arrays.fill(lengths, (byte) 4);
    VorbisCodebook book = new VorbisCodebook(0, 3, lengths, values);
    VorbisFloor0 floor =
        new VorbisFloor0(order, RATE, STEPS, AMPLITUDE_BITS, OFFSET, new VorbisCodebook[] {book});
    byte[] packet = new byte[8];
    random.nextBytes(packet);
    packet[0] = (byte) (packet[0] & ~0x40 | 1); // an amplitude, and the only book

    VorbisBits bits = new VorbisBits();
    bits.open(packet, 0, packet.length);
    float[] curve = new float[N];
    Arrays.fill(curve, 1);
    Objects.requireNonNull(floor.read(bits)).multiply(curve, N);

    bits.open(packet, 0, packet.length);
    int amplitude = bits.read(AMPLITUDE_BITS);
    bits.read(1);
    double[] coefficients = new double[order + 3];
    double last = 0;
    for (int i = 0; i < order; i += 3) {
      int entry = Integer.reverse(bits.read(4)) >>> 28;
      for (int d = 0; d < 3; d++) {
        coefficients[i + d] = last + values[entry * 3 + d];
      }
      last = coefficients[i + 2];
    }
    float[] expected = new float[N];
    float most = 0;
    for (int i = 0; i < N; i++) {
      expected[i] = (float) value(amplitude, Arrays.copyOf(coefficients, order), i);
      most = Math.max(most, expected[i]);
    }
    Tolerance.roundings(16, most).check("order " + order, curve, expected);
  }

  private static double value(int amplitude, double[] coefficients, int i) {
    double map = Math.floor(bark(RATE * i / (2.0 * N)) * STEPS / bark(0.5 * RATE));
    double w = Math.PI * Math.min(STEPS - 1, map) / STEPS;
    int order = coefficients.length;
    double p = order % 2 == 1 ? 1 - Math.pow(Math.cos(w), 2) : (1 - Math.cos(w)) / 2;
    double q = order % 2 == 1 ? 0.25 : (1 + Math.cos(w)) / 2;
    for (int j = 0; j < order; j++) {
      double factor = 4 * Math.pow(Math.cos(coefficients[j]) - Math.cos(w), 2);
      if (j % 2 == 1) {
        p *= factor;
      } else {
        q *= factor;
      }
    }
    double most = (1 << AMPLITUDE_BITS) - 1;
    return Math.exp(0.11512925 * (amplitude * OFFSET / (most * Math.sqrt(p + q)) - OFFSET));
  }

  private static double bark(double x) {
    return 13.1 * Math.atan(0.00074 * x) + 2.24 * Math.atan(0.0000000185 * x * x) + 0.0001 * x;
  }
}
