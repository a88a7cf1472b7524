package tributary.learn;

import java.util.LinkedHashMap;
import java.util.Map;
import tributary.base.Invalid;
import tributary.model.Weight;

/** Means of gradients and of their squares, [P] each; zero at the start. Used by one thread. */
final class Moments {
  private static final String FIRST = "first.";
  private static final String SECOND = "second.";

  final Parameters parameters;
  float[] first; // [P]
  float[] second; // [P]

  Moments(Parameters parameters) {
    this.parameters = parameters;
    this.first = new float[parameters.size()];
    this.second = new float[parameters.size()];
  }

  /** Copies by name, `first.NAME` and `second.NAME`. */
  Map<String, Weight> byName() {
    Map<String, Weight> named = new LinkedHashMap<>();
    parameters.unpack(first).forEach((name, w) -> named.put(FIRST + name, w));
    parameters.unpack(second).forEach((name, w) -> named.put(SECOND + name, w));
    return named;
  }

  void restore(Map<String, Weight> named) {
    Map<String, Weight> firsts = new LinkedHashMap<>();
    Map<String, Weight> seconds = new LinkedHashMap<>();
    named.forEach(
        (name, w) -> {
          if (name.startsWith(FIRST)) {
            firsts.put(name.substring(FIRST.length()), w);
          } else if (name.startsWith(SECOND)) {
            seconds.put(name.substring(SECOND.length()), w);
          } else {
            throw Invalid.argument("moment", name, "first.NAME or second.NAME");
          }
        });
    float[] packed = parameters.pack(firsts);
    second = parameters.pack(seconds);
    first = packed;
  }

  void check(long step, float[] weights, float[] gradient, float rate) {
    if (step < 0) {
      throw Invalid.argument("step", step, "0 or more");
    }
    checkSize("weights", weights);
    checkSize("gradient", gradient);
    if (!(rate >= 0 && rate < Float.POSITIVE_INFINITY)) {
      throw Invalid.argument("rate", rate, "0 or more");
    }
  }

  private void checkSize(String key, float[] values) {
    if (values.length != parameters.size()) {
      throw Invalid.argument(key, values.length + " values", "parameters: " + parameters.size());
    }
  }
}
