package tributary.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tributary.base.Html;
import tributary.base.PageScript;

/**
 * The page: what made it, a table of the modalities' shares, then a section for each. Complete in
 * itself, below 500 kB for 10,000 tokens; readable without its script, which reads values off the
 * drawings.
 */
public final class Page {
  /** Characters of all pictures and curves together, about. */
  private static final int DRAWN = 220_000;

  /** Tokens of a section's table. */
  private static final int TOP = 10;

  private Page() {}

  /** The page of one record. Equal explanations give equal pages. */
  public static String of(Explanation of) {
    String script = text("explain.js");
    String title = Html.escaped(of.title());
    StringBuilder page = new StringBuilder();
    page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append(PageScript.policy(script))
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>")
        .append(title)
        .append("</title>\n<style>")
        .append(Html.STYLE)
        .append(text("explain.css"))
        .append(Scale.rules())
        .append("</style></head>\n<body data-tokens=\"")
        .append(of.tokens())
        .append("\">\n<h1 dir=\"auto\">")
        .append(title)
        .append("</h1>\n");
    if (of.warning() != null) {
      page.append("<p class=\"warning\" role=\"note\">").append(Html.escaped(of.warning()));
      page.append("</p>\n");
    }
    page.append(facts(of)).append(summary(of));
    int most = of.parts().isEmpty() ? 0 : DRAWN / of.parts().size();
    of.parts().forEach(part -> page.append(section(part, of.tokens(), most)));
    return page.append(PageScript.element(script)).append("</body></html>\n").toString();
  }

  private static String facts(Explanation of) {
    StringBuilder out =
        new StringBuilder("<table class=\"facts\"><caption>What looked</caption><tbody>");
    of.facts()
        .forEach(
            f ->
                out.append("<tr><th scope=\"row\">")
                    .append(Html.escaped(f.name()))
                    .append("</th><td dir=\"auto\">")
                    .append(Html.escaped(f.value()))
                    .append("</td></tr>"));
    return out.append("</tbody></table>\n").toString();
  }

  private static String summary(Explanation of) {
    if (of.parts().isEmpty()) {
      return "<p>The record has no tokens: all its modalities are absent.</p>\n";
    }
    StringBuilder out = new StringBuilder("<p>");
    out.append(Html.escaped(of.how()));
    out.append(
        (" The shares of all %,d tokens add up to 100 %%; an even share is %s. In every drawing a"
                + " darker tile is a larger share, on a scale of the modality's own that is printed"
                + " above it.</p>\n")
            .formatted(of.tokens(), Scale.percent(1.0 / of.tokens())));
    out.append("<div class=\"wide\"><table class=\"shares\"><caption>Shares by modality</caption>");
    out.append("<thead><tr>");
    for (String column :
        List.of("modality", "kind", "tokens", "share", "", "mean per token", "largest token")) {
      out.append(column.isEmpty() ? "<td></td>" : "<th scope=\"col\">" + column + "</th>");
    }
    out.append("</tr></thead><tbody>");
    of.parts().forEach(part -> out.append(row(part)));
    return out.append("</tbody></table></div>\n").toString();
  }

  private static String row(Part part) {
    return String.format(
        Locale.ROOT,
        "<tr><th scope=\"row\">%s</th><td>%s</td><td>%,d</td><td>%s</td>"
            + "<td><span class=\"bar\" style=\"width:%.1frem\"></span></td><td>%s</td><td>%s</td></tr>",
        Html.escaped(part.name()),
        Html.escaped(part.spec().kind()),
        part.count(),
        Scale.percent(part.share()),
        10 * part.share(),
        Scale.percent(part.count() == 0 ? 0 : part.share() / part.count()),
        Scale.percent(part.largest()));
  }

  private static String section(Part part, int tokens, int most) {
    Drawing drawing = Drawing.of(part, most);
    String column = part.column().isEmpty() ? "" : " of column " + part.column();
    return "<section class=\"part\" data-view=\"%s\" data-largest=\"%s\" data-shares=\"%s\">"
            .formatted(drawing.view(), part.largest(), part.packed())
        + "<h2 dir=\"auto\">"
        + Html.escaped(part.name())
        + " <small>"
        + Html.escaped(part.spec().kind() + column)
        + ", %,d tokens, %s of the attention</small></h2>"
            .formatted(part.count(), Scale.percent(part.share()))
        + Scale.legend(part.largest())
        + drawing.html()
        + "<output></output>"
        + (drawing.note().isBlank()
            ? ""
            : "<p class=\"note\">" + Html.escaped(drawing.note().strip()) + "</p>")
        + top(part, drawing, tokens)
        + "</section>\n";
  }

  /** The tokens with the largest shares, the first of equal ones first. */
  private static String top(Part part, Drawing drawing, int tokens) {
    int[] largest =
        IntStream.range(0, part.count())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer t) -> -part.shares()[t]))
            .limit(TOP)
            .mapToInt(Integer::intValue)
            .toArray();
    boolean named = !drawing.token(0).isEmpty();
    StringBuilder out = new StringBuilder("<details><summary>Largest shares</summary>");
    out.append("<table class=\"shares\"><caption>The tokens of ").append(Html.escaped(part.name()));
    out.append(" with the largest shares</caption><thead><tr><th scope=\"col\">token</th>");
    out.append(named ? "<th scope=\"col\">what it is</th>" : "");
    out.append(
        "<th scope=\"col\">share</th><th scope=\"col\">times an even share</th></tr></thead>");
    out.append("<tbody>");
    for (int t : largest) {
      out.append("<tr><th scope=\"row\">").append(t + 1).append("</th>");
      out.append(named ? "<td dir=\"auto\">" + Html.escaped(drawing.token(t)) + "</td>" : "");
      out.append("<td>").append(Scale.percent(part.shares()[t])).append("</td><td>");
      out.append(Scale.number(part.shares()[t] * tokens)).append("</td></tr>");
    }
    return out.append("</tbody></table></details>").toString();
  }

  /** A file beside this class. */
  private static String text(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("Cannot write a page: not on the class path: " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name + ": " + e.getMessage(), e);
    }
  }
}
