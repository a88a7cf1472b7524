package tributary.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tributary.base.Html;
import tributary.report.LearningReport.Step;
import tributary.report.LearningReport.Validation;

/** The run in one table: where each loss and each measure began, where it is, and its best. */
final class Summary {
  /** Steps whose mean is a training loss's last value. */
  private static final int LAST = 50;

  private Summary() {}

  static String table(LearningReport report) {
    SortedMap<String, List<Double>> training = new TreeMap<>();
    for (Step step : report.steps()) {
      step.losses().forEach((n, v) -> training.computeIfAbsent(n, k -> new ArrayList<>()).add(v));
    }
    SortedMap<String, List<Double>> held = new TreeMap<>();
    SortedMap<String, List<Double>> measured = new TreeMap<>();
    for (Step step : report.steps()) {
      step.measures().forEach((n, v) -> measured.computeIfAbsent(n, k -> new ArrayList<>()).add(v));
    }
    SortedMap<String, List<Double>> measures = new TreeMap<>();
    for (Validation at : report.validations()) {
      at.losses().forEach((n, v) -> held.computeIfAbsent(n, k -> new ArrayList<>()).add(v));
      at.measures().forEach((n, v) -> measures.computeIfAbsent(n, k -> new ArrayList<>()).add(v));
    }
    StringBuilder rows = new StringBuilder();
    rows(rows, training, held);
    rows(rows, measured, measures);
    if (rows.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("<div class=\"wide-table\"><table class=\"glance\">");
    out.append("<tr><th scope=\"col\">loss<th scope=\"col\">first<th scope=\"col\">last ")
        .append(LAST)
        .append(", mean<th scope=\"col\">validation, first<th scope=\"col\">last");
    return out.append(rows).append("</table></div>\n").toString();
  }

  /** A row per name of either, ascending. */
  private static void rows(
      StringBuilder out,
      SortedMap<String, List<Double>> training,
      SortedMap<String, List<Double>> validation) {
    TreeSet<String> names = new TreeSet<>(training.keySet());
    names.addAll(validation.keySet());
    for (String name : names) {
      List<Double> own = training.getOrDefault(name, List.of());
      List<Double> held = validation.getOrDefault(name, List.of());
      row(out, name, first(own), mean(own), first(held), last(held));
    }
  }

  private static void row(StringBuilder out, String name, String... cells) {
    out.append("<tr><th scope=\"row\"><bdi>")
        .append(Html.escaped(name).replace("/", "/<wbr>"))
        .append("</bdi>");
    for (String cell : cells) {
      out.append("<td>").append(cell);
    }
  }

  private static String first(List<Double> values) {
    return values.isEmpty() ? "" : number(values.get(0));
  }

  private static String last(List<Double> values) {
    return values.isEmpty() ? "" : number(values.get(values.size() - 1));
  }

  private static String mean(List<Double> values) {
    List<Double> last = values.subList(Math.max(0, values.size() - LAST), values.size());
    double sum = 0;
    for (double value : last) {
      sum += value;
    }
    return last.isEmpty() ? "" : number(sum / last.size());
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4g", value) : value + "";
  }
}
