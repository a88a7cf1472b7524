package tributary.spark;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** When a run began, and the wall-clock seconds of its steps. On the driver. */
final class Timings {
  private final String startedAt = Instant.now().toString();
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /** ISO-8601, UTC. */
  String startedAt() {
    return startedAt;
  }

  /**
   * Ends a step.
   *
   * @param start of {@link System#nanoTime}
   */
  void since(String step, long start) {
    seconds(step, (System.nanoTime() - start) / 1e9);
  }

  void seconds(String step, double value) {
    seconds.put(step, value);
  }

  /** By step, in order. */
  Map<String, Double> seconds() {
    return seconds;
  }
}
