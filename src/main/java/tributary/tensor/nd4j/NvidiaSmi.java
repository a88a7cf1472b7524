package tributary.tensor.nd4j;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The machine's GPUs as the driver's own tool lists them: all of them, in the order of their PCI
 * buses, whatever CUDA_VISIBLE_DEVICES says. It touches no CUDA, so it may be asked where CUDA must
 * not be loaded.
 */
final class NvidiaSmi {
  private final String program;
  private final Duration limit;

  /** The one on the PATH. A driver that must first wake many GPUs takes seconds. */
  NvidiaSmi() {
    this("nvidia-smi", Duration.ofSeconds(30));
  }

  /**
   * @param limit after which its answer is not waited for: the tests give a short one
   */
  NvidiaSmi(String program, Duration limit) {
    this.program = program;
    this.limit = limit;
  }

  /**
   * A GPU of the machine.
   *
   * @param uuid such as `GPU-5f2e...`
   */
  record Gpu(int index, String uuid, ComputeCapability capability) {}

  /**
   * At least one.
   *
   * @throws IOException with the reason where it is absent, fails, takes too long, or says what
   *     can't be read: drivers before 2022 don't know the question
   * @throws IllegalStateException where the thread is interrupted
   */
  List<Gpu> gpus() throws IOException {
    List<Gpu> gpus = new ArrayList<>();
    for (String line : answer().lines().toList()) {
      gpus.add(gpu(line));
    }
    if (gpus.isEmpty()) {
      throw new IOException(program + " lists no GPU");
    }
    return gpus;
  }

  private Gpu gpu(String line) throws IOException {
    String[] cells = line.trim().split("\\s*,\\s*", -1);
    if (cells.length != 3 || !cells[0].matches("\\d{1,6}")) {
      throw new IOException(program + " says: " + line);
    }
    try {
      return new Gpu(Integer.parseInt(cells[0]), cells[1], ComputeCapability.of(cells[2]));
    } catch (IllegalArgumentException e) {
      throw new IOException(program + ": " + e.getMessage(), e);
    }
  }

  private String answer() throws IOException {
    Process process =
        new ProcessBuilder(program, "--query-gpu=index,uuid,compute_cap", "--format=csv,noheader")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(program + " does not answer within " + limit.toMillis() + " ms");
      }
      // Read when it has ended: a few lines fit its pipe, and a hung driver holds up nobody.
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.exitValue() != 0) {
        String why = out.lines().findFirst().map(l -> ": " + l).orElse("");
        throw new IOException(program + " exits with " + process.exitValue() + why);
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + program + " was asked", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
