package tributary.spark.roots;

import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/**
 * Where tasks find roots, and put them down; made on the driver, sent with each task.
 *
 * @param folder of this model and recipe, with its scheme
 * @param plan digest of both
 * @param time of the run, later than those of the runs before
 * @param index where the roots are that are there, see {@link RootIndex}; null where there are none
 */
public record RootPlan(
    String folder, long plan, long time, @Nullable Broadcast<Tuple2<long[][], String[]>> index)
    implements Serializable {}
