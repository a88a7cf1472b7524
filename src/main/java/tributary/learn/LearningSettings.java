package tributary.learn;

import java.io.Serializable;
import java.util.List;
import tributary.base.Invalid;

/**
 * How a model learns: all that decides its weights beside the model at the start, the data and
 * their order.
 *
 * @param seed of all that is random
 * @param optimiser `adamw` or `lamb`
 * @param adam moments, epsilon and weight decay of either
 * @param schedule the rate of each step
 * @param clip longest gradient that is taken as it is; infinity: any
 * @param recomputes whether a shard's forward pass is made again on the way back, and not kept
 *     until then; changes no bit
 * @param frozen weights whose names begin with one of these stay as they are
 */
public record LearningSettings(
    long seed,
    Objectives objectives,
    String optimiser,
    AdamSettings adam,
    Schedule schedule,
    double clip,
    boolean recomputes,
    List<String> frozen)
    implements Serializable {
  /** Names of optimisers. */
  public static final List<String> OPTIMISERS = List.of("adamw", "lamb");

  public LearningSettings {
    if (!OPTIMISERS.contains(optimiser)) {
      throw Invalid.argument("optimiser", optimiser, "adamw or lamb");
    }
    if (!(clip > 0)) {
      throw Invalid.argument("clip", clip, "above 0");
    }
    frozen = List.copyOf(frozen);
  }

  /** The optimiser at its start. */
  Optimiser start(Parameters parameters) {
    return optimiser.equals("lamb") ? new Lamb(parameters, adam) : new AdamW(parameters, adam);
  }

  /** Whether a weight stays as it is. */
  boolean frozen(String name) {
    return frozen.stream().anyMatch(name::startsWith);
  }
}
