package tributary.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tributary.base.Html;
import tributary.model.ModalitySpec;

/** What the page shows, from top to bottom, each chart with a sentence on what to look for. */
final class Sections {
  /** Reconstructions that a page shows. */
  private static final int RECONSTRUCTIONS = 64;

  private static final Map<String, String> OBJECTIVES =
      Map.of(
          "classification",
          "Cross-entropy of the classes should fall, from about the logarithm of their number. It"
              + " is of records as they are learnt from, without what is dropped or hidden.",
          "masked",
          "Hidden tokens filled in: it should fall and flatten; 1 is what a guess of the mean gives"
              + " where targets are normalised.",
          "fused-contrastive",
          "Each modality alone must find its record's fused embedding in the other view: it starts"
              + " near the logarithm of the batch and should fall well below. Validation has fewer"
              + " records to tell apart, those of a gradient shard: compare it with itself.",
          "modalities-contrastive",
          "Modalities must find each other: it starts near the logarithm of the batch and should"
              + " fall. Validation is among fewer records: compare it with itself.");

  private static final Map<String, String> MEASURES =
      Map.of(
          "accuracy",
          "The share of records whose class was told right should rise. It is of records as they"
              + " are learnt from, without what is dropped or hidden: whole ones may do better.");

  private Sections() {}

  static String all(LearningReport report) {
    StringBuilder page = new StringBuilder();
    page.append("<nav aria-label=\"Sections\"><a href=\"#run\">Run</a> <a href=\"#losses\">Losses")
        .append("</a> ")
        .append(measured(report).isEmpty() ? "" : "<a href=\"#measures\">Measures</a> ")
        .append("<a href=\"#optimiser\">Optimiser</a> ")
        .append("<a href=\"#reconstructions\">Reconstructions</a> <a href=\"#map\">Map</a></nav>\n")
        .append(
            "<noscript><p class=\"note\">The charts need JavaScript; tables, pictures and texts")
        .append(" don't.</p></noscript>\n");
    run(report, page);
    losses(report, page);
    measures(report, page);
    optimiser(report, page);
    reconstructions(report, page);
    map(report, page);
    return page.toString();
  }

  private static void run(LearningReport report, StringBuilder page) {
    heading(page, "run", "The run");
    page.append("<div class=\"wide-table\"><table class=\"facts\">");
    report
        .facts()
        .forEach(
            (name, value) ->
                page.append("<tr><th scope=\"row\">")
                    .append(Html.escaped(name))
                    .append("<td dir=\"auto\">")
                    .append(Html.escaped(value)));
    page.append("</table></div>\n").append(Summary.table(report));
  }

  private static void losses(LearningReport report, StringBuilder page) {
    heading(page, "losses", "Losses");
    Set<String> names = new TreeSet<>();
    report.steps().forEach(s -> names.addAll(s.losses().keySet()));
    report.validations().forEach(v -> names.addAll(v.losses().keySet()));
    if (names.isEmpty()) {
      page.append("<p class=\"note\">No step yet.</p>\n");
      return;
    }
    page.append(
            "<p>Training is solid (what it was before smoothing is pale), validation dashed with"
                + " dots. Validation that rises while")
        .append(
            " training falls is overfitting; a step upwards in all curves is a learning rate that")
        .append(" is too high. Drag over a chart to zoom into it, double-click to go back.</p>\n")
        .append("<form class=\"controls\"><label><input type=\"checkbox\" id=\"log\"> logarithmic")
        .append("</label> <label>smoothing <input type=\"range\" id=\"smooth\" min=\"0\"")
        .append(
            " max=\"0.99\" step=\"0.01\" value=\"0.8\"> <output id=\"smoothness\">0.80</output>")
        .append("</label></form>\n<div class=\"charts\">");
    for (String group : groups(names)) {
      String look = OBJECTIVES.getOrDefault(group, "It should fall and flatten.");
      chart(page, "loss", group, group, look);
    }
    page.append("</div>\n");
  }

  private static void measures(LearningReport report, StringBuilder page) {
    Set<String> names = measured(report);
    if (names.isEmpty()) {
      return;
    }
    heading(page, "measures", "Measures");
    page.append("<div class=\"charts\">");
    for (String group : groups(names)) {
      String look =
          MEASURES.getOrDefault(
              group,
              "What the embedding is worth to a task; while it still moves, longer learning"
                  + " pays.");
      chart(page, "measure", group, group, look);
    }
    page.append("</div>\n");
  }

  private static Set<String> measured(LearningReport report) {
    Set<String> names = new TreeSet<>();
    report.steps().forEach(s -> names.addAll(s.measures().keySet()));
    report.validations().forEach(v -> names.addAll(v.measures().keySet()));
    return names;
  }

  private static void optimiser(LearningReport report, StringBuilder page) {
    heading(page, "optimiser", "Optimiser and speed");
    if (report.steps().isEmpty()) {
      page.append("<p class=\"note\">No step yet.</p>\n");
      return;
    }
    page.append("<div class=\"charts\">");
    chart(page, "run", "learning rate", "Learning rate", "The schedule as it was applied.");
    chart(
        page,
        "run",
        "gradient norm",
        "Gradient norm",
        "Before clipping: peaks are batches that pull hard; growth without end is divergence.");
    chart(
        page,
        "run",
        "records per second",
        "Records per second",
        "Level but for checkpoints and validation; a fall is a machine that does something else.");
    page.append("</div>\n");
  }

  private static void reconstructions(LearningReport report, StringBuilder page) {
    heading(page, "reconstructions", "Reconstructions");
    List<Reconstruction> all = report.reconstructions();
    if (all.isEmpty()) {
      page.append("<p class=\"note\">None made.</p>\n");
      return;
    }
    page.append("<p>What the model saw is copied, the rest is its own: look for edges and colours")
        .append(
            " that go on across what was hidden. Errors are means of squares over hidden tokens.")
        .append(
            " Where targets are normalised (learn.masked.normalize) the model tells a token's pattern"
                + " alone, and its mean and deviation are the original's: with all of a picture"
                + " hidden its outlines still show.")
        .append("</p>\n");
    if (all.size() > RECONSTRUCTIONS) {
      String said = "<p class=\"note\">The first %d of %d.</p>%n";
      page.append(String.format(Locale.ROOT, said, RECONSTRUCTIONS, all.size()));
    }
    Map<String, List<Integer>> byModality = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(RECONSTRUCTIONS, all.size()); i++) {
      byModality.computeIfAbsent(all.get(i).modality(), m -> new ArrayList<>()).add(i);
    }
    byModality.forEach(
        (modality, own) -> {
          page.append("<h3>").append(Html.escaped(modality)).append("</h3>\n");
          own.forEach(i -> reconstruction(all.get(i), i, page));
        });
  }

  private static void reconstruction(Reconstruction of, int index, StringBuilder page) {
    page.append("<section class=\"made\"><h4><bdi>").append(Html.escaped(of.caption()));
    page.append("</bdi> <small>").append(of.hidden()).append(" of ").append(of.visible().length);
    page.append(" tokens hidden, ");
    if (of instanceof Reconstruction.Bytes bytes) {
      page.append(bytes.found()).append(" found</small></h4>").append(TextView.of(bytes));
    } else if (of instanceof Reconstruction.Values values) {
      page.append(String.format(Locale.ROOT, "error %.4g</small></h4>", values.error()));
      page.append(drawing(values, index));
    }
    page.append("</section>\n");
  }

  private static String drawing(Reconstruction.Values of, int index) {
    if (of.visible().length == 0) {
      return "<p class=\"note\">Empty.</p>";
    }
    if (of.spec() instanceof ModalitySpec.Image image) {
      return Trio.picture(of, image);
    }
    if (of.spec() instanceof ModalitySpec.Pixels pixels) {
      return Trio.pixels(of, pixels);
    }
    boolean lines =
        of.spec() instanceof ModalitySpec.Series
            || of.spec() instanceof ModalitySpec.Audio audio
                && audio.form() == ModalitySpec.Audio.Form.RAW;
    return lines
        ? "<p class=\"what\">original as a line, hidden shaded, the reconstruction over it</p>"
            + ("<div class=\"plot\" data-kind=\"lines\" data-name=\"" + index + "\"></div>")
        : Trio.spectrogram(of);
  }

  private static void map(LearningReport report, StringBuilder page) {
    heading(page, "map", "Map of embeddings");
    if (report.map().points().isEmpty()) {
      page.append("<p class=\"note\">None drawn.</p>\n");
      return;
    }
    String said =
        "<p>%,d validation records on the two axes of largest variance, which keep %.0f %% of it;"
            + " coloured by <bdi>%s</bdi>. Look for labels that form regions: what overlaps here"
            + " may still be apart in the other axes. Point at a record for its id.</p>%n";
    page.append(
        String.format(
            Locale.ROOT,
            said,
            report.map().points().size(),
            100 * report.map().kept(),
            Html.escaped(report.map().label())));
    page.append("<div class=\"plot\" data-kind=\"map\" data-name=\"map\"></div>\n");
  }

  private static void heading(StringBuilder page, String id, String text) {
    page.append("<h2 id=\"").append(id).append("\">").append(text).append("</h2>\n");
  }

  /** A chart's frame: what kind it is, and what it shows. */
  private static void chart(
      StringBuilder page, String kind, String name, String title, String look) {
    page.append("<figure><figcaption><h3><bdi>")
        .append(Html.escaped(title))
        .append("</bdi></h3><p>");
    page.append(look).append("</p></figcaption><div class=\"plot\" data-kind=\"").append(kind);
    page.append("\" data-name=\"").append(Html.escaped(name)).append("\"></div></figure>\n");
  }

  private static Set<String> groups(Set<String> names) {
    Set<String> groups = new TreeSet<>();
    names.stream().flatMap(n -> Stream.of(n.split("/", 2)).limit(1)).forEach(groups::add);
    return groups;
  }
}
