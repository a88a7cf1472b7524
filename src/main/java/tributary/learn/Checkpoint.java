package tributary.learn;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tributary.base.Invalid;
import tributary.model.Weight;

/**
 * All that the next step of a learning run depends on, after a number of steps; and the losses so
 * far, for its report. Made by the task that holds the weights, written by one process. Arrays are
 * shared, not copied: who makes a checkpoint gives copies.
 *
 * @param step how many steps were made; the next one has this number
 * @param identity what decides the run's weights
 * @param versions of what computed it, by name: to be read, not compared
 * @param weights by name
 * @param moments of the optimiser ({@link Optimiser#moments})
 * @param averages what else is learned or accumulated, by name; may be empty
 * @param losses by name of the measure, a value per step or as often as is measured
 */
public record Checkpoint(
    long step,
    RunIdentity identity,
    SortedMap<String, String> versions,
    SortedMap<String, Weight> weights,
    SortedMap<String, Weight> moments,
    SortedMap<String, Weight> averages,
    SortedMap<String, Weight> losses) {
  public Checkpoint {
    if (step < 0) {
      throw Invalid.argument("step", step, "0 or more");
    }
    versions = sorted(versions);
    weights = sorted(weights);
    moments = sorted(moments);
    averages = sorted(averages);
    losses = sorted(losses);
  }

  /** Weights after a number of steps, and nothing else yet. */
  public static Checkpoint of(long step, RunIdentity identity, Map<String, Weight> weights) {
    SortedMap<String, Weight> none = new TreeMap<>();
    return new Checkpoint(
        step, identity, new TreeMap<>(), new TreeMap<>(weights), none, none, none);
  }

  public Checkpoint withVersions(Map<String, String> of) {
    return new Checkpoint(step, identity, new TreeMap<>(of), weights, moments, averages, losses);
  }

  public Checkpoint withMoments(Map<String, Weight> of) {
    return new Checkpoint(step, identity, versions, weights, new TreeMap<>(of), averages, losses);
  }

  public Checkpoint withAverages(Map<String, Weight> of) {
    return new Checkpoint(step, identity, versions, weights, moments, new TreeMap<>(of), losses);
  }

  /** With the losses so far, [values] each. */
  public Checkpoint withLosses(Map<String, float[]> of) {
    SortedMap<String, Weight> curves = new TreeMap<>();
    of.forEach((name, v) -> curves.put(name, new Weight(new long[] {v.length}, v.clone())));
    return new Checkpoint(step, identity, versions, weights, moments, averages, curves);
  }

  /**
   * Reads one file, whosever it is: its weights may be the start of another run.
   *
   * @throws tributary.config.Problems.Refused if it is no whole checkpoint, with the reason
   */
  public static Checkpoint read(Path file) {
    return CheckpointFile.read(file);
  }

  private static <T> SortedMap<String, T> sorted(Map<String, T> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }
}
