package tributary.spark.learn;

import java.io.Serializable;

/**
 * A step that was taken, as the driver hears of it. One that is taken again after a failure is
 * heard of again, with the same losses.
 *
 * @param step from 1
 * @param losses sums over all shards
 * @param gradientNorm length of the gradient; NaN where the replica doesn't measure it
 * @param seconds that it took task 0
 */
@SuppressWarnings("ArrayRecordComponent")
public record Step(long step, double[] losses, double gradientNorm, double seconds)
    implements Serializable {}
