package tributary.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.stream.LongStream;
import tributary.model.ModalitySpec;

/** Tokens as curves over time: a sound's samples, a series' values. */
final class Lines {
  /** Curves of one series that are drawn. */
  static final int CHANNELS = 4;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Lines() {}

  /** Values by channel, the reconstruction null where the model saw the token; no scale tokens. */
  static ObjectNode series(Reconstruction.Values of, int values) {
    ObjectNode to = JSON.objectNode().put("axis", "token").put("dots", true);
    ArrayNode lines = to.putArray("lines");
    int channels = of.spec().channels();
    int n = of.visible().length;
    for (int c = 0; c < Math.min(values, CHANNELS); c++) {
      double[] original = new double[n];
      double[] made = new double[n];
      for (int t = 0; t < n; t++) {
        boolean scale = of.spec().isScale(of.original(), t);
        original[t] = scale ? Double.NaN : of.original()[t * channels + c];
        made[t] = scale || of.visible()[t] ? Double.NaN : of.reconstructed()[t * channels + c];
      }
      lines.add(line("channel " + (c + 1), original, made, 1));
    }
    to.set("hidden", hidden(of.visible(), 1, 1));
    return to;
  }

  /** Samples of frames that may overlap: where they do, the mean. */
  static ObjectNode waveform(Reconstruction.Values of, ModalitySpec.Audio spec) {
    int n = Math.min(of.visible().length, Trio.FRAMES);
    int samples = n == 0 ? 0 : (n - 1) * spec.hop() + spec.frame();
    double second = 1.0 / spec.rate();
    ObjectNode to = JSON.objectNode().put("axis", "seconds").put("dots", false);
    double[] original = overlapped(of, spec, samples, false);
    double[] made = overlapped(of, spec, samples, true);
    to.putArray("lines").add(line("sound", original, made, second));
    to.set("hidden", hidden(Arrays.copyOf(of.visible(), n), spec.hop(), second));
    return to;
  }

  private static double[] overlapped(
      Reconstruction.Values of, ModalitySpec.Audio spec, int samples, boolean hiddenAlone) {
    double[] sum = new double[samples];
    int[] count = new int[samples];
    for (int t = 0; t < Math.min(of.visible().length, Trio.FRAMES); t++) {
      for (int i = 0; i < spec.frame(); i++) {
        if (!hiddenAlone || !of.visible()[t]) {
          int at = t * spec.frame() + i;
          sum[t * spec.hop() + i] += hiddenAlone ? of.reconstructed()[at] : of.original()[at];
          count[t * spec.hop() + i]++;
        }
      }
    }
    for (int i = 0; i < samples; i++) {
      sum[i] = count[i] == 0 ? Double.NaN : sum[i] / count[i];
    }
    return sum;
  }

  private static ObjectNode line(String name, double[] original, double[] made, double unit) {
    ObjectNode line = JSON.objectNode().put("name", name);
    line.set("original", curve(original, unit));
    line.set("made", curve(made, unit));
    return line;
  }

  private static ObjectNode curve(double[] values, double unit) {
    Curve curve =
        Curve.of(
            LongStream.range(0, values.length).boxed().toList(),
            Arrays.stream(values).boxed().toList());
    ObjectNode to = JSON.objectNode();
    ArrayNode x = to.putArray("x");
    curve.steps().forEach(step -> x.add(step * unit));
    ArrayNode y = to.putArray("y");
    curve.values().forEach(v -> ReportJson.add(y, v));
    return to;
  }

  /** From and to of each run of hidden tokens. */
  private static ArrayNode hidden(boolean[] visible, int hop, double unit) {
    ArrayNode runs = JSON.arrayNode();
    for (int from = 0; from < visible.length; from++) {
      if (!visible[from]) {
        int to = from;
        while (to < visible.length && !visible[to]) {
          to++;
        }
        runs.addArray().add((from * (double) hop) * unit).add(to * (double) hop * unit);
        from = to;
      }
    }
    return runs;
  }
}
