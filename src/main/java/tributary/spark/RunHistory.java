package tributary.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import tributary.config.Problems;
import tributary.spark.publish.History;
import tributary.spark.publish.Lease;
import tributary.write.RunManifest;

/** What the runs of an output did, as they were told beside it. On the driver, with no session. */
public final class RunHistory {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHORT = 12;

  private final String output;
  private final Map<String, String> runs;
  private final Optional<String> holder;

  private RunHistory(String output, Map<String, String> runs, Optional<String> holder) {
    this.output = output;
    this.runs = runs;
    this.holder = holder;
  }

  /**
   * The runs of an output.
   *
   * @param output the path of its table, or of its manifest
   * @throws Problems.Refused where there are none
   */
  public static RunHistory of(String output) {
    String table = output.replaceFirst("/+$", "").replaceFirst("\\.manifest\\.json$", "");
    Path folder = History.folder(table);
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(new SparkConf());
    try {
      Map<String, String> runs = new History(FileSystems.of(folder, hadoop), folder).runs();
      Optional<String> holder = Lease.holder(FileSystems.of(folder, hadoop), folder);
      if (runs.isEmpty() && holder.isEmpty()) {
        throw new Problems.Refused(
            List.of("Cannot read the runs of " + output + ": there are none in " + folder));
      }
      return new RunHistory(table, runs, holder);
    } catch (IOException | IllegalArgumentException e) {
      throw new Problems.Refused(
          List.of("Cannot read the runs of " + output + ": " + e.getMessage()));
    }
  }

  /** The path of the table. */
  String output() {
    return output;
  }

  /** What the last run said that published a table, if there was one. */
  public Optional<RunManifest> last() {
    Optional<RunManifest> last = Optional.empty();
    for (String text : runs.values()) {
      if (tree(text).filter(t -> t.path("status").asText().equals(RunManifest.DONE)).isPresent()) {
        try {
          last = Optional.of(RunManifest.of(text));
        } catch (UncheckedIOException otherVersion) {
          // An older one may do.
        }
      }
    }
    return last;
  }

  /** A line a run, earliest first, under a line of titles; last, who writes now. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        line(
            "run",
            "status",
            "mode",
            "in",
            "out",
            "unchanged",
            "quarantined",
            "seconds",
            "task s",
            "model",
            "input",
            "version"));
    runs.forEach((name, text) -> lines.add(tree(text).map(t -> told(name, t)).orElse(cut(name))));
    holder.ifPresent(h -> lines.add("being written by " + h));
    return lines;
  }

  private static String cut(String name) {
    return name + "  cannot be read: its file was cut or changed";
  }

  private static Optional<JsonNode> tree(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text)).filter(t -> t.hasNonNull("status"));
    } catch (JsonProcessingException cut) {
      return Optional.empty();
    }
  }

  private static String told(String name, JsonNode run) {
    JsonNode counts = run.path("counts");
    if (counts.isMissingNode()) {
      return line(name, run.path("status").asText(), "", "", "", "", "", "", "", "", "", "")
              .stripTrailing()
          + "  "
          + run.path("reason").asText();
    }
    JsonNode config = run.path("config");
    double wall = 0;
    for (Map.Entry<String, JsonNode> step : run.path("seconds").properties()) {
      wall += step.getKey().startsWith("task.") ? 0 : step.getValue().asDouble();
    }
    return line(
        name,
        run.path("status").asText(),
        config.path("output.mode").asText(),
        counts.path("in").asText(),
        counts.path("out").asText(),
        counts.path("unchanged").asText(),
        counts.path("quarantined").asText(),
        String.format(Locale.ROOT, "%.1f", wall),
        String.format(Locale.ROOT, "%.1f", run.path("seconds").path("task.total").asDouble()),
        shortened(run.path("model").path("hash").asText()),
        shortened(run.path("inputHash").asText()),
        version(run.path("read")));
  }

  /** Of the input: 12, or 9..12 where only the changes were read. */
  private static String version(JsonNode read) {
    String since = read.path("since").asText();
    return (since.isEmpty() ? "" : since + "..") + read.path("version").asText();
  }

  private static String shortened(String hash) {
    return hash.substring(0, Math.min(SHORT, hash.length()));
  }

  private static String line(String... cells) {
    return String.format(
            Locale.ROOT,
            "%-28s %-15s %-9s %10s %10s %10s %11s %8s %8s  %-12s  %-12s  %s",
            (Object[]) cells)
        .stripTrailing();
  }
}
