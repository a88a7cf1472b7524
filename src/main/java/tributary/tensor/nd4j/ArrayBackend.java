package tributary.tensor.nd4j;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import tributary.tensor.Backend;
import tributary.tensor.Scope;
import tributary.tensor.Shape;
import tributary.tensor.Shapes;
import tributary.tensor.Tensor;

/**
 * Whole arrays on the device that ND4J runs on: weights are arrays that stay there, a batch goes in
 * once and comes out once, all groups and heads are one call. Made for CUDA; on ND4J's CPU it gives
 * the same results slowly, which is how it is tested.
 *
 * <p>One a device and JVM, used by all threads; opening a scope pins the calling thread to the
 * device.
 */
final class ArrayBackend implements Backend {
  /** What a group is taken to need with its scores: 1,024 inputs, 64 latents of 512 channels. */
  private static final long GROUP_BYTES = 16L << 20;

  private final int device;
  private final int groupsPerCall;
  private final NativeMemory memory = new NativeMemory();
  // By identity: arrays are equal by their values.
  private final Set<ArrayTensor> constants =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /**
   * @param device ordinal, as ND4J counts
   */
  ArrayBackend(int device) {
    int devices = Nd4j.getAffinityManager().getNumberOfDevices();
    if (device < 0 || device >= devices) {
      throw new IllegalArgumentException(
          "Invalid device: " + device + " (ND4J sees " + devices + ")");
    }
    this.device = device;
    this.groupsPerCall = groupsPerCall(freeBytes(device));
    Nd4j.getMemoryManager().togglePeriodicGc(false);
  }

  @Override
  public String name() {
    return Nd4j.getEnvironment().isCPU() ? "arrays" : "cuda";
  }

  @Override
  public String describe() {
    return "ND4J "
        + Nd4jBackend.version()
        + ", whole arrays, device "
        + device
        + ", groups a call "
        + groupsPerCall;
  }

  @Override
  public Tensor constant(Shape shape, float[] values) {
    if (values.length != shape.size()) {
      throw new IllegalArgumentException(
          "Invalid constant: " + values.length + " values (shape " + shape + ")");
    }
    Shapes.within(shape, values, 0);
    pin();
    INDArray array = ArrayScope.uploaded(shape, values, 0);
    count(array);
    ArrayTensor constant = new ArrayTensor(shape, array, this, null);
    constants.add(constant);
    return constant;
  }

  @Override
  public void free(Tensor constant) {
    ArrayTensor own = ArrayTensor.of(constant, this);
    if (own.owner() != null) {
      throw new IllegalArgumentException(
          "Cannot free tensor " + constant.shape() + ": it belongs to a scope");
    }
    if (constants.remove(own)) {
      close(own.values());
    }
  }

  /** On the CPU, ND4J knows what JavaCPP may still take. */
  private static long freeBytes(int device) {
    if (Nd4j.getEnvironment().isCPU()) {
      return Math.max(0, Pointer.maxBytes() - Pointer.totalBytes());
    }
    return NativeOpsHolder.getInstance().getDeviceNativeOps().getDeviceFreeMemory(device);
  }

  /** Nothing is set aside: ND4J keeps no pool here. */
  @Override
  public Scope open(long bytes) {
    pin();
    return new ArrayScope(this, null);
  }

  private void pin() {
    if (Nd4j.getAffinityManager().getDeviceForCurrentThread() != device) {
      Nd4j.getAffinityManager().unsafeSetDevice(device);
    }
  }

  @Override
  public int groupsPerCall() {
    return groupsPerCall;
  }

  /**
   * A quarter of the free memory may go to one call, for other tasks share the device; the largest
   * power of two that fits, so that a little more or less free memory gives the same cut and hence
   * the same bits. Between 1 and 256.
   */
  static int groupsPerCall(long freeBytes) {
    long fit = Math.max(1, Math.min(256, freeBytes / 4 / GROUP_BYTES));
    return (int) Long.highestOneBit(fit);
  }

  @Override
  public NativeUse nativeUse() {
    return memory.use();
  }

  void count(INDArray array) {
    memory.take(array.length() * Float.BYTES);
  }

  void close(INDArray array) {
    memory.give(array.length() * Float.BYTES);
    array.close();
  }

  /** Frees the constants that are left. */
  @Override
  public void close() {
    List<ArrayTensor> left;
    synchronized (constants) {
      left = List.copyOf(constants);
      constants.clear();
    }
    left.forEach(c -> close(c.values()));
  }
}
