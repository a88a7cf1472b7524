package tributary.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/**
 * The chart library, uPlot, as its webjar on the class path holds it: script, style and licence go
 * into the page. The version is the webjar's own, so that a page says what it was drawn by.
 */
record Library(String version, String script, String style, String licence) {
  private static final String OF = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
  private static final String IN = "/META-INF/resources/webjars/uplot/";

  static Library uPlot() {
    Properties about = new Properties();
    try (InputStream in = Library.class.getResourceAsStream(OF)) {
      if (in == null) {
        throw missing(OF);
      }
      about.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + OF + ": " + e.getMessage(), e);
    }
    String version = about.getProperty("version", "");
    String folder = IN + version + "/";
    return new Library(
        version,
        text(folder + "dist/uPlot.iife.min.js"),
        text(folder + "dist/uPlot.min.css"),
        text(folder + "LICENSE").strip());
  }

  /** A file of the class path, UTF-8. */
  static String text(String name) {
    try (InputStream in = Library.class.getResourceAsStream(name)) {
      if (in == null) {
        throw missing(name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name + ": " + e.getMessage(), e);
    }
  }

  private static IllegalStateException missing(String name) {
    return new IllegalStateException("Cannot write a report: not on the class path: " + name);
  }
}
