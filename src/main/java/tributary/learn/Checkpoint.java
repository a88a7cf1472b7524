package tributary.learn;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;
import tributary.model.Weight;

/**
 * All that the next step of a learning run depends on, after a number of steps. Made by the task
 * that holds the weights, written by one process. Arrays are shared, not copied: who makes a
 * checkpoint gives copies.
 *
 * @param step how many steps were made; the next one has this number
 * @param identity what decides the run's weights
 * @param versions of what computed it, by name: another one may give other last bits, which whoever
 *     goes on is told
 * @param weights by name
 * @param moments of the optimiser ({@link Optimiser#moments})
 */
public record Checkpoint(
    long step,
    RunIdentity identity,
    SortedMap<String, String> versions,
    SortedMap<String, Weight> weights,
    SortedMap<String, Weight> moments) {
  public Checkpoint {
    if (step < 0) {
      throw Invalid.argument("step", step, "0 or more");
    }
    versions = sorted(versions);
    weights = sorted(weights);
    moments = sorted(moments);
  }

  /** Weights after a number of steps, and nothing else yet. */
  public static Checkpoint of(long step, RunIdentity identity, Map<String, Weight> weights) {
    return new Checkpoint(step, identity, new TreeMap<>(), new TreeMap<>(weights), new TreeMap<>());
  }

  public Checkpoint withVersions(Map<String, String> of) {
    return new Checkpoint(step, identity, new TreeMap<>(of), weights, moments);
  }

  public Checkpoint withMoments(Map<String, Weight> of) {
    return new Checkpoint(step, identity, versions, weights, new TreeMap<>(of));
  }

  private static <T> SortedMap<String, T> sorted(Map<String, T> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }
}
