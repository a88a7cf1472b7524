package tributary.tensor.nd4j;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import tributary.base.Invalid;
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
 * <p>One per device and number of tasks that share it, used by all threads; opening a scope pins
 * the calling thread to the device.
 *
 * <p>The law on it: sums may depend on the shape of a product, so every product has the shape that
 * the model gives it ({@link Cut#product}), filled up where groups are few; free memory decides how
 * many products share a transfer.
 */
final class ArrayBackend implements Backend {
  /** What the groups of one product may need together. */
  private static final long PRODUCT_BYTES = 64L << 20;

  /** Groups of a product, at most: a lone one is filled up to it. */
  private static final long PRODUCT_GROUPS = 64;

  /** Groups of a transfer, at most. */
  private static final long GROUPS = 1024;

  private final int device;
  private final long free;
  private final NativeMemory memory = new NativeMemory();
  // By identity: arrays are equal by their values.
  private final Set<ArrayTensor> constants =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  private final int tasks;

  /**
   * @param device ordinal, as ND4J counts
   * @param tasks how many share the device, at least 1; it changes how much goes in one transfer,
   *     never a bit
   */
  ArrayBackend(int device, int tasks) {
    this(device, tasks, freeBytes(device));
  }

  /**
   * @param free bytes of the device that may be used: the tests pretend
   */
  ArrayBackend(int device, int tasks, long free) {
    int devices = Nd4j.getAffinityManager().getNumberOfDevices();
    if (device < 0 || device >= devices) {
      throw Invalid.argument("device", device, "ND4J sees " + devices);
    }
    this.device = device;
    this.tasks = tasks;
    this.free = free;
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
        + ", "
        + (free >> 20)
        + " MiB free for "
        + tasks
        + (tasks == 1 ? " task" : " tasks");
  }

  @Override
  public Tensor constant(Shape shape, float[] values) {
    if (values.length != shape.size()) {
      throw Invalid.argument("constant", values.length + " values", "shape " + shape);
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
    return new ArrayScope(this, null, Integer.MAX_VALUE);
  }

  private void pin() {
    if (Nd4j.getAffinityManager().getDeviceForCurrentThread() != device) {
      Nd4j.getAffinityManager().unsafeSetDevice(device);
    }
  }

  /**
   * The task's share of what was free when the backend was opened holds a transfer; a product is
   * {@link #PRODUCT_BYTES} of groups or {@link #PRODUCT_GROUPS}, whatever is free. Both are powers
   * of two.
   */
  @Override
  public Cut cut(long groupBytes, int resultFloats) {
    long bytes = Math.max(1, groupBytes);
    long product = Long.highestOneBit(Math.max(1, Math.min(PRODUCT_GROUPS, PRODUCT_BYTES / bytes)));
    long share = free / 2 / tasks;
    if (share < product * bytes) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "Cannot compute %d groups of %.1f MiB: a task's share of device %d is %.1f MiB (half of"
                  + " %.1f MiB free, %d tasks; give a task more of the GPU)",
              product,
              bytes / 1048576.0,
              device,
              share / 1048576.0,
              free / 1048576.0,
              tasks));
    }
    long products = Math.min(share / (product * bytes), GROUPS / product);
    return new Cut((int) product, (int) (product * Long.highestOneBit(products)));
  }

  @Override
  public boolean rowsStandAlone() {
    return false;
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
