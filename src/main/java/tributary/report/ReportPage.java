package tributary.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import tributary.base.Html;
import tributary.base.Sha256;

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
        + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
        + "style-src 'unsafe-inline'; script-src '"
        + hash(library.script())
        + "' '"
        + hash(own)
        + "'; base-uri 'none'; form-action 'none'\">"
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
        + script(library.script())
        + script(own)
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

  private static String script(String code) {
    if (code.contains("</script") || code.contains("<!--")) {
      throw new IllegalStateException("Cannot write a report: a script that ends its element");
    }
    return "<script>" + code + "</script>\n";
  }

  /** As a browser takes it: of the element's text, in which line ends are line feeds. */
  private static String hash(String code) {
    if (code.indexOf('\r') >= 0) {
      throw new IllegalStateException("Cannot write a report: a script with carriage returns");
    }
    byte[] of = Sha256.of(code.getBytes(StandardCharsets.UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(of);
  }
}
