package tributary.tensor.nd4j;

import java.util.Comparator;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tributary.base.Invalid;

/**
 * What NVIDIA calls the generation of a GPU, such as 8.6. Machine code made for one runs on those
 * of the same major number that are not older (CUDA C++ Programming Guide, binary compatibility);
 * to others it gets only as PTX, which the driver compiles.
 *
 * @param major at least 0
 * @param minor at least 0
 */
record ComputeCapability(int major, int minor) implements Comparable<ComputeCapability> {
  /** The ND4J whose CUDA build was looked into; another one may hold other code. */
  static final String ND4J = "1.0.0-M2.1";

  /** The first and the last that ND4J's own kernels have machine code for; they have no PTX. */
  static final ComputeCapability FIRST = new ComputeCapability(3, 7);

  static final ComputeCapability LAST = new ComputeCapability(8, 6);

  private static final Comparator<ComputeCapability> ORDER =
      Comparator.comparingInt(ComputeCapability::major).thenComparingInt(ComputeCapability::minor);

  /** As nvidia-smi writes it. */
  static ComputeCapability of(String text) {
    if (!text.matches("\\d{1,4}\\.\\d{1,4}")) {
      throw Invalid.argument("compute capability", text, "major.minor, such as 8.6");
    }
    int dot = text.indexOf('.');
    return new ComputeCapability(
        Integer.parseInt(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
  }

  /** Whether ND4J has kernels that run there. */
  boolean runsNd4j() {
    return compareTo(FIRST) >= 0 && major <= LAST.major;
  }

  /** Why ND4J can't run on a device that has one of these; null where it can on some of them. */
  static @Nullable String problem(SortedSet<ComputeCapability> possible) {
    if (possible.stream().anyMatch(ComputeCapability::runsNd4j)) {
      return null;
    }
    return "compute capability "
        + list(possible)
        + ": ND4J "
        + ND4J
        + " holds machine code for "
        + FIRST
        + " to "
        + LAST
        + ", which runs on all from "
        + FIRST
        + " to "
        + LAST.major
        + ".x, and no PTX that the driver could compile for others";
  }

  /** Such as `8.0 or 9.0`. */
  static String list(SortedSet<ComputeCapability> possible) {
    return possible.stream().map(ComputeCapability::toString).collect(Collectors.joining(" or "));
  }

  @Override
  public int compareTo(ComputeCapability other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
