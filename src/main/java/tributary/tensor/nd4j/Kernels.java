package tributary.tensor.nd4j;

import java.io.Serializable;
import java.util.List;
import tributary.base.Invalid;
import tributary.tensor.Precision;

/**
 * Which backend computes, and with what: all that {@link Backends#open} has to know. Made on the
 * driver, sent with each task, which adds the GPU that it was given.
 *
 * @param name java, cpu or cuda; auto for the best one that is here
 * @param precision what the operands of products with weights are rounded to
 * @param threads of one product with weights on the CPU, at least 1
 * @param gpu address of Spark's resource `gpu`; empty where none is assigned: the first device
 * @param gpuTasks how many tasks share that GPU, at least 1: each sizes its transfers by its part
 *     of what is free
 */
public record Kernels(String name, Precision precision, int threads, String gpu, int gpuTasks)
    implements Serializable {
  private static final List<String> NAMES = List.of("auto", "cpu", "cuda", "java");

  public Kernels {
    if (!NAMES.contains(name)) {
      throw Invalid.argument("kernels", name, "auto, cpu, cuda or java");
    }
    if (threads < 1) {
      throw Invalid.argument("threads", threads, "at least 1");
    }
    if (gpuTasks < 1) {
      throw Invalid.argument("tasks", gpuTasks, "at least 1");
    }
  }

  /** float32 on one thread; on the first GPU, alone. */
  public static Kernels of(String name) {
    return new Kernels(name, Precision.FLOAT32, 1, "", 1);
  }

  /** With another name: what `auto` turned out to be. */
  public Kernels named(String other) {
    return new Kernels(other, precision, threads, gpu, gpuTasks);
  }

  /** With products of another precision. */
  public Kernels in(Precision other) {
    return new Kernels(name, other, threads, gpu, gpuTasks);
  }

  /** With so many threads for a product. */
  public Kernels on(int number) {
    return new Kernels(name, precision, number, gpu, gpuTasks);
  }

  /** On the GPU at an address. */
  public Kernels at(String address) {
    return new Kernels(name, precision, threads, address, gpuTasks);
  }

  /** On a GPU that so many tasks share. */
  public Kernels sharedBy(int tasks) {
    return new Kernels(name, precision, threads, gpu, tasks);
  }

  /** Without what makes no difference to a backend of that name: equal ones share a backend. */
  Kernels settled() {
    return switch (name) {
      case "java" -> of(name).in(precision);
      case "cpu" -> of(name).in(precision).on(threads);
      case "cuda" -> on(1);
      default -> this;
    };
  }
}
