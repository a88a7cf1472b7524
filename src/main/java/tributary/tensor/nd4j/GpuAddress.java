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

  /**
   * Which of the machine's GPUs an address may mean: one where that is certain, else all of them. A
   * UUID is certain, whole or its beginning; a number is where CUDA counts as nvidia-smi does, by
   * PCI bus: by itself it counts the fastest first. Neither names a part of a GPU (MIG).
   *
   * @param byBus whether CUDA_DEVICE_ORDER is PCI_BUS_ID
   * @param gpus at least one
   */
  static List<NvidiaSmi.Gpu> candidates(
      String address, String visible, boolean byBus, List<NvidiaSmi.Gpu> gpus) {
    String name = name(address, visible);
    List<NvidiaSmi.Gpu> meant =
        gpus.stream()
            .filter(
                name.startsWith("GPU-")
                    ? gpu -> gpu.uuid().startsWith(name)
                    : gpu -> byBus && gpu.index() == number(name))
            .toList();
    return meant.size() == 1 ? meant : gpus;
  }

  /** What the machine calls the device: a number or a UUID. */
  private static String name(String address, String visible) {
    if (!address.isEmpty()) {
      return address;
    }
    return visible.isBlank() ? "0" : visible.trim().split("\\s*,\\s*")[0];
  }

  private static int listed(String address, String visible) {
    return List.of(visible.trim().split("\\s*,\\s*")).indexOf(address);
  }

  /** -1 for what is no number: a UUID says nothing without a list. */
  private static int number(String address) {
    return address.matches("\\d{1,6}") ? Integer.parseInt(address) : -1;
  }
}
