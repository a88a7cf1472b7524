package tributary.tools.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tributary.tensor.Backend;
import tributary.tools.onnxcheck.OnnxSession;

/**
 * Where something was measured.
 *
 * @param processor its model, from /proc/cpuinfo
 * @param cores that this JVM may use
 * @param load jobs that wanted a core in the last minute, on average: above 1 others were measured,
 *     too; negative where the system does not say
 * @param backend what the kernels run on
 */
public record Machine(
    String processor,
    int cores,
    double load,
    String system,
    String jvm,
    long heapBytes,
    String backend,
    String peer) {

  static Machine here(Backend backend) {
    Runtime runtime = Runtime.getRuntime();
    return new Machine(
        model(),
        runtime.availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        runtime.maxMemory(),
        backend.describe(),
        OnnxSession.version());
  }

  private static String model() {
    try {
      List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
      return lines.stream()
          .filter(l -> l.startsWith("model name"))
          .map(l -> l.substring(l.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("of unknown model");
    } catch (IOException e) {
      return "of unknown model (" + e.getMessage() + ")";
    }
  }
}
