package tributary.tools.parity;

import java.util.Map;
import tributary.tensor.Backend;

/** What golden cases of one kind are compared with. Stateless. */
interface CaseKind {
  /** The outputs by name, as inference computes them. */
  Map<String, float[]> outputs(GoldenCase golden, Backend backend);

  /**
   * The gradients of the case's loss by the weights' names, as learning computes them.
   *
   * @param backend one with backward functions
   */
  default Map<String, float[]> gradients(GoldenCase golden, Backend backend) {
    throw new IllegalArgumentException("kind " + golden.kind() + " has no forward pass on a tape");
  }
}
