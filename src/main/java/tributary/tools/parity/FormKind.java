package tributary.tools.parity;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import tributary.attention.Weights;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Tape;
import tributary.tensor.Tensor;

/**
 * A kind that is one form in one scope: its gradients are those of the same calls on a tape. The
 * loss is sum(y * cotangent) where the case brings a cotangent, else half the sum of the squares of
 * all outputs.
 */
interface FormKind extends CaseKind {
  /**
   * Reads the case and asks for the weights that it needs.
   *
   * @return from a scope to the outputs by name
   */
  Function<Scope, Map<String, Tensor>> of(GoldenCase golden, Weights weights);

  @Override
  default Map<String, float[]> outputs(GoldenCase golden, Backend backend) {
    try (Weights weights = new Weights(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      Map<String, float[]> outputs = new HashMap<>();
      of(golden, weights)
          .apply(scope)
          .forEach((name, tensor) -> outputs.put(name, scope.values(tensor)));
      return outputs;
    }
  }

  @Override
  default Map<String, float[]> gradients(GoldenCase golden, Backend backend) {
    try (Weights weights = Weights.learning(golden.weights(), backend);
        Scope scope = backend.open(0)) {
      Function<Scope, Map<String, Tensor>> form = of(golden, weights);
      Tape tape = weights.tape(scope);
      for (Tensor y : form.apply(tape).values()) {
        boolean given = golden.hasInput("cotangent");
        tape.seed(y, given ? golden.input("cotangent").values() : tape.read(y));
      }
      tape.backward();
      return weights.gradients(tape);
    }
  }
}
