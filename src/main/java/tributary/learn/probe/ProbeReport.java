package tributary.learn.probe;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a probe of a table found, for a person and as JSON. Made on the driver.
 *
 * @param table whose records were tested
 * @param fit whose records were fitted to; often the same table
 * @param label the column
 * @param division how the records were divided
 * @param fitted records that the probe was fitted to
 * @param validated how many of these chose the l2 weight before
 * @param unlabelled records of both tables that were left out, for they have no label
 * @param bare records of both tables that were left out, for they have no embedding
 * @param width of the embeddings
 * @param classes that occur, in the part to fit to or in the one to test on
 * @param l2 the chosen weight of the squared length
 * @param converged whether the fit came to its end
 * @param majority the class that most of the fitted records have
 * @param majorityAccuracy what answering with that class alone would be right of
 * @param probe of the linear probe
 * @param neighbours how many neighbours voted, 0 where they were not asked
 * @param vote of the neighbours, null where they were not asked
 */
public record ProbeReport(
    String table,
    String fit,
    String label,
    String division,
    int fitted,
    int validated,
    long unlabelled,
    long bare,
    int width,
    int classes,
    double l2,
    boolean converged,
    String majority,
    double majorityAccuracy,
    Scores probe,
    int neighbours,
    @Nullable Scores vote) {

  /** Indented JSON. */
  public String json() {
    try {
      return JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build()
          .writeValueAsString(this);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines for a person. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    String of = fit.equals(table) ? "" : " of " + fit;
    lines.add(line("table       %s, %s in %,d classes, %d numbers", table, label, classes, width));
    lines.add(line("divided     %s", division));
    lines.add(
        line("fitted to   %,d records%s; %,d of them chose l2: %s", fitted, of, validated, l2));
    lines.add(line("tested on   %,d records", probe.tested()));
    if (unlabelled > 0 || bare > 0) {
      lines.add(
          line("left out    %,d without a label, %,d without an embedding", unlabelled, bare));
    }
    lines.add(line("accuracy    %s", probe.told()));
    lines.add(line("macro-F1    %.4f", probe.macroF1()));
    lines.add(line("majority    %.4f (always %s)", majorityAccuracy, majority));
    if (vote != null) {
      lines.add(
          line(
              "neighbours  %s, macro-F1 %.4f, %d by cosine",
              vote.told(), vote.macroF1(), neighbours));
    }
    if (!converged) {
      lines.add("warning     The fit did not converge: the figures are those of its last step");
    }
    lines.add("by class    accuracy, right of tested");
    for (Scores.ClassScore c : probe.classes()) {
      lines.add(line("  %.4f  %,7d of %,7d  %s", c.accuracy(), c.right(), c.tested(), c.label()));
    }
    return lines;
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
