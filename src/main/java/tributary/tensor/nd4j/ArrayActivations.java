package tributary.tensor.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import tributary.tensor.Activation;

/** {@link Activation} on whole arrays, in place, of ND4J's exact element-wise operations. */
final class ArrayActivations {
  private ArrayActivations() {}

  /** y becomes its activation. */
  static INDArray apply(Activation activation, INDArray y) {
    return switch (activation) {
      case NONE -> y;
      case RELU -> Transforms.max(y, 0, false);
      case SQUARED_RELU -> {
        Transforms.max(y, 0, false);
        yield y.muli(y);
      }
      case GELU -> {
        try (INDArray factor = y.mul(1 / Math.sqrt(2))) {
          Nd4j.exec(new Erf(factor, factor));
          yield halved(y, factor);
        }
      }
      case GELU_TANH -> {
        // sqrt(2 / pi) x (1 + 0.044715 x^2)
        try (INDArray factor = y.mul(y)) {
          factor.muli(0.044715).addi(1).muli(y).muli(Math.sqrt(2 / Math.PI));
          Transforms.tanh(factor, false);
          yield halved(y, factor);
        }
      }
    };
  }

  /** y (1 + factor) / 2. */
  private static INDArray halved(INDArray y, INDArray factor) {
    factor.addi(1).muli(0.5);
    return y.muli(factor);
  }
}
