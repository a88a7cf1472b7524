package tributary.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import tributary.base.Html;
import tributary.base.PageScript;

/**
 * The page of a learning run: one file that a browser shows by itself, offline. A policy in its
 * head forbids it to load or send anything and to run any script but its two own ones, by their
 * hashes; so what records hold can't, even where this class had a fault.
 */
public final class ReportPage {
  /** The file's name beside the checkpoints. */
  public static final String FILE = "report.html";

  private ReportPage() {}

  /** Writes the page in one move: whoever reads it meanwhile sees the old one or the new one. */
  public static void write(Path file, LearningReport report) throws IOException {
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(beside, of(report));
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The page. Equal reports give equal pages. */
  public static String of(LearningReport report) {
    Library library = Library.uPlot();
    String own = Library.text("/tributary/report/report.js");
    String title = Html.escaped(report.title());
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        + PageScript.policy(library.script(), own)
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        + ("<title>" + title + "</title>\n<style>")
        + Html.STYLE
        + ("\n" + library.style() + "\n")
        + Library.text("/tributary/report/report.css")
        + "</style></head>\n<body>\n<h1 dir=\"auto\">"
        + title
        + "</h1>\n"
        + Sections.all(report)
        + footer(library)
        + "<script type=\"application/json\" id=\"data\">"
        + ReportJson.of(report)
        + "</script>\n"
        + PageScript.element(library.script())
        + PageScript.element(own)
        + "</body></html>\n";
  }

  private static String footer(Library library) {
    return "<footer><p>Every number is in this file as JSON, in the element <code>data</code>. Curves"
        + " of more than %,d points keep the lowest and the highest of each stretch; the map shows %,d"
            .formatted(Curve.MOST, ReportJson.POINTS)
        + (" points at most, texts %,d bytes, sounds %,d frames.</p>"
            .formatted(TextView.BYTES, Trio.FRAMES))
        + ("<details><summary>Charts by uPlot " + Html.escaped(library.version()))
        + ", MIT licence</summary><pre>"
        + Html.escaped(library.licence())
        + "</pre></details></footer>\n";
  }
}
