package tributary.tensor.nd4j;

import java.util.List;

/**
 * Which of a JVM's CUDA devices a GPU address of Spark's resource scheduling means. Pure
 * arithmetic.
 *
 * <p>CUDA numbers the devices that `CUDA_VISIBLE_DEVICES` lists from 0, in its order; discovery
 * scripts ask nvidia-smi, which does not read that variable and prints the machine's numbers or
 * UUIDs. So an address is looked up in the list first; where it is not set, an address is the
 * number itself.
 */
final class GpuAddress {
  private GpuAddress() {}

  /**
   * The device's ordinal.
   *
   * @param address as the task has it; empty where Spark assigned none: the first device
   * @param visible the value of CUDA_VISIBLE_DEVICES; empty where it is not set
   * @param devices how many CUDA sees
   * @throws IllegalStateException where the address is none of them
   */
  static int device(String address, String visible, int devices) {
    if (address.isEmpty()) {
      return 0;
    }
    int device = visible.isBlank() ? number(address) : listed(address, visible);
    if (device < 0 || device >= devices) {
      throw new IllegalStateException(
          "Cannot use GPU address "
              + address
              + ": CUDA sees "
              + devices
              + (devices == 1 ? " device" : " devices")
              + (visible.isBlank() ? "" : ", CUDA_VISIBLE_DEVICES=" + visible));
    }
    return device;
  }

  private static int listed(String address, String visible) {
    return List.of(visible.trim().split("\\s*,\\s*")).indexOf(address);
  }

  /** -1 for what is no number: a UUID says nothing without a list. */
  private static int number(String address) {
    return address.matches("\\d{1,6}") ? Integer.parseInt(address) : -1;
  }
}
