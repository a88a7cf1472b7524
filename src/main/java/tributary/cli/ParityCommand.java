package tributary.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tributary.tensor.Backend;
import tributary.tensor.nd4j.Backends;
import tributary.tensor.nd4j.Kernels;
import tributary.tools.parity.Parity;
import tributary.tools.parity.ParityResult;
import tributary.tools.parity.ParityResult.Status;

/** parity DIR: golden cases on every backend that is here. Needs no Spark. */
@Command(
    name = "parity",
    description = {
      "Run every golden case (*.safetensors) of a folder on each backend present.",
      "It prints one line per case: kind, tensors and largest error, gradients of its loss and"
          + " theirs, ok or FAILED."
    },
    exitCodeList = {
      Shared.DONE,
      Main.FAILED + ":failed, or a case failed or is unsupported",
      Shared.REFUSED,
      Shared.OUT_OF_MEMORY
    },
    footer = {"", "Example:", "  tributary parity src/test/resources/golden --json parity.json"})
final class ParityCommand implements Callable<Integer> {
  private final PrintStream out;

  @Mixin Shared shared;

  @Parameters(paramLabel = "DIR", description = "The folder with the cases.")
  Path folder;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the results here as well.")
  @Nullable Path json;

  ParityCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() throws IOException {
    List<Backend> backends = backends();
    List<ParityResult> results = Parity.run(folder, backends);
    results.forEach(r -> out.println(r.line()));
    if (json != null) {
      write(json, results);
    }
    long ok = count(results, Status.OK);
    out.printf(
        "gradients: %d ok, %d failed, %d unsupported, %d not in the case%n",
        gradients(results, Status.OK),
        gradients(results, Status.FAILED),
        gradients(results, Status.UNSUPPORTED),
        gradients(results, Status.ABSENT));
    out.printf(
        "%d ok, %d failed, %d unsupported (%s)%n",
        ok,
        count(results, Status.FAILED),
        count(results, Status.UNSUPPORTED),
        backends.stream().map(Backend::name).collect(Collectors.joining(", ")));
    return ok == results.size() ? Main.DONE : Main.FAILED;
  }

  private static long count(List<ParityResult> results, Status status) {
    return results.stream().filter(r -> r.status() == status).count();
  }

  private static long gradients(List<ParityResult> results, Status status) {
    return results.stream().filter(r -> r.gradients().status() == status).count();
  }

  /**
   * The oracle and what ND4J runs on, which is one kind of device per JVM: the GPU where the build
   * has CUDA and can use it, else the CPU, which must be there. Which they are is in the last line.
   */
  private List<Backend> backends() {
    List<Backend> backends = new ArrayList<>(List.of(Backends.open(Kernels.of("java"))));
    if (Backends.hasCuda() && added("cuda", backends)) {
      added("cpu", backends);
    } else {
      backends.add(Backends.open(Kernels.of("cpu")));
    }
    return backends;
  }

  private static boolean added(String kernels, List<Backend> backends) {
    try {
      return backends.add(Backends.open(Kernels.of(kernels)));
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private static void write(Path json, List<ParityResult> results) throws IOException {
    Path parent = json.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(json, mapper.writeValueAsString(results) + "\n");
  }
}
