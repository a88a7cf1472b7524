package tributary.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FftTest {
  @ParameterizedTest(name = "{0} samples")
  @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 512, 1024})
  void powerIsThatOfTheFourierSum(int size) {
    Random random = new Random(size);
    double[] samples = random.doubles(size, -1, 1).toArray();
    double[] power = new double[size / 2 + 1];
    new Fft(size).power(samples, power, new double[size / 2], new double[size / 2]);
    for (int k = 0; k < power.length; k++) {
      double re = 0;
      double im = 0;
      for (int i = 0; i < size; i++) {
        double angle = 2 * Math.PI * k * i / size;
        re += samples[i] * Math.cos(angle);
        im -= samples[i] * Math.sin(angle);
      }
      assertThat(power[k]).as("bin %d", k).isCloseTo(re * re + im * im, within(1e-11 * size));
    }
  }
}
