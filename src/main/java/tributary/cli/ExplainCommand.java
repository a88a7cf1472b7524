package tributary.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** explain JOB.yaml --id X: where the model looked in one record. */
@Command(
    name = "explain",
    description = {
      "Write a page (HTML) that shows where the model looked in one record.",
      "Shares of the latents' attention are shown down to bytes, patches, frames and points, with"
          + " what looked: model, hash, encoder and job."
    },
    footer = {
      "",
      "Example:",
      "  tributary explain jobs/demo.yaml --id r00000007 --out out/r7.html"
    })
final class ExplainCommand implements Callable<Integer> {
  private final SparkCommands spark;
  private final PrintStream out;

  @Mixin Shared shared;
  @Mixin Job job;

  @Option(names = "--id", required = true, paramLabel = "ID", description = "The id of the record.")
  String id = "";

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The page to write (default: ID.html in this folder).")
  @Nullable Path page;

  ExplainCommand(SparkCommands spark, PrintStream out) {
    this.spark = spark;
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    Path to = page == null ? Path.of(id.replaceAll("[^A-Za-z0-9._-]", "_") + ".html") : page;
    String html = spark.explain(job.load(), id, job.file.toString());
    Path parent = to.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(to, html);
    out.println("page        " + to);
    return Main.DONE;
  }
}
