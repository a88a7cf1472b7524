package tributary.tensor.nd4j;

import java.util.ArrayList;
import java.util.List;
import tributary.tensor.Backend;

/**
 * A machine with this many GPUs, or with a reason why there are none; its backends are arrays on
 * the CPU.
 */
record PretendedCuda(boolean built, int number, String visible, String reason, List<Integer> opened)
    implements Cuda {
  PretendedCuda(int number, String visible, String reason) {
    this(true, number, visible, reason, new ArrayList<>());
  }

  /** A build without -Pcuda. */
  static PretendedCuda absent() {
    return new PretendedCuda(false, 0, "", "", new ArrayList<>());
  }

  @Override
  public int devices() {
    if (number == 0) {
      throw new IllegalStateException(reason);
    }
    return number;
  }

  @Override
  public Backend backend(int device) {
    opened.add(device);
    return new ArrayBackend(0);
  }
}
