package tributary.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tributary.tools.bench.Bench;
import tributary.tools.bench.Figure;
import tributary.tools.bench.Machine;

/** bench: what this machine does beside what it could do. Brings its own local Spark. */
@Command(
    name = "bench",
    description = {
      "Measure kernels, encoders and the whole job on this machine, beside ONNX Runtime.",
      "Products are measured beside the BLAS alone, too. Every result is checked before it is timed."
          + " A figure is the median of its rounds, in brackets their quartiles and number. Brings its"
          + " own local Spark."
    },
    footer = {"", "Example:", "  tributary bench --only block,hip --json bench.json"})
final class BenchCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here as well.")
  @Nullable Path json;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "ROWS",
      completionCandidates = Rows.class,
      description = "Some of ${COMPLETION-CANDIDATES} (default: all).")
  List<String> only = List.of();

  @Option(names = "--quick", description = "Fewer and shorter rounds: for a first look.")
  boolean quick;

  /** What `--only` takes. */
  static final class Rows implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Bench.ROWS.iterator();
    }
  }

  BenchCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws Exception {
    Set<String> rows = new LinkedHashSet<>(only.isEmpty() ? Bench.ROWS : only);
    Bench.Report report = Bench.run(rows, quick, figure -> out.println(figure.line()));
    Machine m = report.machine();
    out.printf(
        "%s, %d cores, load %.1f, %s, %s%n%s%n%s%n",
        m.processor(), m.cores(), m.load(), m.system(), m.jvm(), m.backend(), m.peer());
    long met = report.rows().stream().filter(Figure::met).count();
    out.printf("%d of %d targets met, %.0f s%n", met, report.rows().size(), report.seconds());
    if (json != null) {
      write(json, report);
    }
    return Main.DONE;
  }

  private static void write(Path json, Bench.Report report) throws IOException {
    Path parent = json.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(json, mapper.writeValueAsString(report) + "\n");
  }
}
