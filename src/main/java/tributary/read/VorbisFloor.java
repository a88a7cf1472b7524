package tributary.read;

import org.jspecify.annotations.Nullable;

/** The coarse curve of a spectrum. Immutable, shared by threads. */
interface VorbisFloor {
  /** The curve of one channel in one packet. */
  interface Curve {
    /** Multiplies the first n values of a spectrum by the curve; [n]. */
    void multiply(float[] spectrum, int n);
  }

  /** The curve of the next channel; null where the channel is silent or the packet ends. */
  @Nullable Curve read(VorbisBits bits);
}
