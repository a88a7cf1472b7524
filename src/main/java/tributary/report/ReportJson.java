package tributary.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import tributary.model.ModalitySpec;
import tributary.report.LearningReport.EmbeddingMap;
import tributary.report.LearningReport.Point;
import tributary.report.LearningReport.Step;
import tributary.report.LearningReport.Validation;

/**
 * The numbers of a page as JSON, which its charts are drawn from. NaN and infinities are the
 * strings "NaN", "Infinity" and "-Infinity", which JavaScript's {@code Number} reads.
 *
 * <pre>
 * {"title":...,"facts":[[name,value],...],
 *  "run":{"learning rate":CURVE,...},"training":{NAME:CURVE,...},"validation":{...},"measured":{...},
 *  "measures":{...},
 *  "map":{"label":...,"kept":...,"of":...,"labels":[...],"x":[...],"y":[...],"label of":[index,...],"id":[...]},
 *  "lines":{INDEX OF RECONSTRUCTION:{...}}}
 * CURVE = {"of":points there were,"step":[...],"value":[...],"mean":[...] where points were left out}
 * </pre>
 */
final class ReportJson {
  /** Points of the map that a page shows. */
  static final int POINTS = 5000;

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Only ever within JSON's strings: markup, line ends of JavaScript, what orders other text. */
  private static final Pattern UNSAFE =
      Pattern.compile("[<>\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]");

  private ReportJson() {}

  /** On one line, fit for a script element: nothing in it that ends one or turns the line. */
  static String of(LearningReport report) {
    ObjectNode to = JSON.objectNode().put("title", report.title());
    ArrayNode facts = to.putArray("facts");
    report.facts().forEach((name, value) -> facts.addArray().add(name).add(value));
    ObjectNode run = to.putObject("run");
    run.set("epoch", curve(report, Step::epoch));
    run.set("learning rate", curve(report, Step::learningRate));
    run.set("gradient norm", curve(report, Step::gradientNorm));
    run.set("records per second", curve(report, Step::recordsPerSecond));
    to.set("training", curves(report.steps(), Step::step, Step::losses));
    to.set("validation", curves(report.validations(), Validation::step, Validation::losses));
    to.set("measured", curves(report.steps(), Step::step, Step::measures));
    to.set("measures", curves(report.validations(), Validation::step, Validation::measures));
    to.set("map", map(report.map()));
    ObjectNode lines = to.putObject("lines");
    for (int i = 0; i < report.reconstructions().size(); i++) {
      if (report.reconstructions().get(i) instanceof Reconstruction.Values values) {
        lines(lines, Integer.toString(i), values);
      }
    }
    return UNSAFE
        .matcher(to.toString())
        .replaceAll(m -> String.format(Locale.ROOT, "\\\\u%04x", (int) m.group().charAt(0)));
  }

  private static void lines(ObjectNode to, String name, Reconstruction.Values of) {
    if (of.spec() instanceof ModalitySpec.Series series) {
      to.set(name, Lines.series(of, series.values()));
    } else if (of.spec() instanceof ModalitySpec.Audio audio
        && audio.form() == ModalitySpec.Audio.Form.RAW) {
      to.set(name, Lines.waveform(of, audio));
    }
  }

  /** A double as JSON has it, and those that it does not have as strings. */
  static void add(ArrayNode to, double value) {
    if (Double.isFinite(value)) {
      to.add(value);
    } else {
      to.add(Double.toString(value));
    }
  }

  private static ObjectNode curve(LearningReport report, ToDoubleFunction<Step> value) {
    List<Long> steps = report.steps().stream().map(Step::step).toList();
    return json(Curve.of(steps, report.steps().stream().map(value::applyAsDouble).toList()));
  }

  private static <T> ObjectNode curves(
      List<T> history, Function<T, Long> step, Function<T, SortedMap<String, Double>> values) {
    Map<String, List<Long>> steps = new TreeMap<>();
    Map<String, List<Double>> found = new TreeMap<>();
    for (T at : history) {
      values
          .apply(at)
          .forEach(
              (name, value) -> {
                steps.computeIfAbsent(name, n -> new ArrayList<>()).add(step.apply(at));
                found.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
              });
    }
    ObjectNode to = JSON.objectNode();
    steps.forEach(
        (name, own) -> to.set(name, json(Curve.of(own, found.getOrDefault(name, List.of())))));
    return to;
  }

  private static ObjectNode json(Curve curve) {
    ObjectNode to = JSON.objectNode().put("of", curve.of());
    ArrayNode steps = to.putArray("step");
    curve.steps().forEach(steps::add);
    ArrayNode values = to.putArray("value");
    curve.values().forEach(v -> add(values, v));
    if (curve.thinned()) {
      ArrayNode means = to.putArray("mean");
      curve.means().forEach(v -> add(means, v));
    }
    return to;
  }

  /** Of more points than a page shows, every k-th. */
  private static ObjectNode map(EmbeddingMap map) {
    int n = map.points().size();
    ObjectNode to = JSON.objectNode().put("label", map.label()).put("kept", map.kept());
    to.put("of", n);
    Set<String> labels = new LinkedHashSet<>();
    map.points().stream().map(Point::label).sorted().forEach(labels::add);
    List<String> order = List.copyOf(labels);
    ArrayNode names = to.putArray("labels");
    order.forEach(names::add);
    ArrayNode x = to.putArray("x");
    ArrayNode y = to.putArray("y");
    ArrayNode labelOf = to.putArray("label of");
    ArrayNode id = to.putArray("id");
    Map<String, Integer> places = new TreeMap<>();
    order.forEach(label -> places.put(label, places.size()));
    int stride = Math.max(1, (n + POINTS - 1) / POINTS);
    for (int i = 0; i < n; i += stride) {
      Point point = map.points().get(i);
      x.add(point.x());
      y.add(point.y());
      labelOf.add(places.get(point.label()));
      id.add(point.id());
    }
    return to;
  }
}
