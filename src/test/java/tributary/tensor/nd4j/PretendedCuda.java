package tributary.tensor.nd4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import tributary.tensor.Backend;

/**
 * A machine with this many GPUs, or with a reason why there are none; its backends are arrays on
 * the CPU.
 *
 * @param capabilities that a device may have; empty where nobody can tell
 * @param hidden how often ND4J was kept from CUDA
 */
record PretendedCuda(
    boolean built,
    int number,
    String visible,
    String reason,
    SortedSet<ComputeCapability> capabilities,
    List<Integer> opened,
    AtomicInteger hidden)
    implements Cuda {
  PretendedCuda(int number, String visible, String reason, String... capabilities) {
    this(
        true,
        number,
        visible,
        reason,
        new TreeSet<>(List.of(capabilities).stream().map(ComputeCapability::of).toList()),
        new ArrayList<>(),
        new AtomicInteger());
  }

  /** A build without -Pcuda. */
  static PretendedCuda absent() {
    return new PretendedCuda(
        false, 0, "", "", new TreeSet<>(), new ArrayList<>(), new AtomicInteger());
  }

  @Override
  public SortedSet<ComputeCapability> capabilities(String address) throws IOException {
    if (capabilities.isEmpty()) {
      throw new IOException("no nvidia-smi");
    }
    return capabilities;
  }

  @Override
  public void hide() {
    hidden.incrementAndGet();
  }

  @Override
  public int devices() {
    if (number == 0) {
      throw new IllegalStateException(reason);
    }
    return number;
  }

  @Override
  public Backend backend(int device, int tasks) {
    opened.add(device);
    return new ArrayBackend(0, tasks);
  }
}
