package tributary.tensor.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a build of -Pcuda does, in JVMs of their own: on their class path is an ND4J backend for
 * CUDA that finds no driver and says when it is touched, or passes the CPU off as a GPU where a
 * property asks for it; on their PATH an nvidia-smi that pretends.
 */
class CudaBuildTest {
  private static final String TOUCHED = "CUDA has been touched";

  private static final String JCUBLAS =
      """
      package org.nd4j.linalg.jcublas;

      import java.lang.reflect.Proxy;
      import org.nd4j.linalg.cpu.nativecpu.CpuBackend;
      import org.nd4j.linalg.factory.Environment;

      public final class JCublasBackend extends CpuBackend {
        static { System.out.println("%s"); }
        @Override public int getPriority() { return BACKEND_PRIORITY_GPU; }
        @Override public boolean isAvailable() { return canRun(); }
        @Override public boolean canRun() {
          if (Boolean.getBoolean("pretended.gpu")) {
            return true;
          }
          throw new IllegalStateException("no driver");
        }
        @Override public Environment getEnvironment() {
          Environment cpu = super.getEnvironment();
          return (Environment) Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Environment.class},
              (proxy, method, arguments) ->
                  method.getName().equals("isCPU") ? (Object) false : method.invoke(cpu, arguments));
        }
      }
      """
          .formatted(TOUCHED);

  @TempDir static Path folder;

  @BeforeAll
  static void buildsWithCuda() throws IOException {
    Path source = Files.writeString(folder.resolve("JCublasBackend.java"), JCUBLAS);
    Path classes = Files.createDirectories(folder.resolve("classes/META-INF/services"));
    Files.writeString(
        classes.resolve("org.nd4j.linalg.factory.Nd4jBackend"),
        "org.nd4j.linalg.jcublas.JCublasBackend\n");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failed =
        compiler.run(
            null,
            null,
            null,
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            folder.resolve("classes").toString(),
            source.toString());
    assertThat(failed).isZero();
  }

  /** What a JVM printed, a line each, and its exit code. */
  private record Ran(int code, List<String> lines) {}

  /** Asks for kernels, one after the other, where nvidia-smi does this. */
  private static List<String> kernels(String nvidiaSmi, List<String> options, String... kernels)
      throws IOException, InterruptedException {
    Ran ran = run(nvidiaSmi, options, KernelsRun.class.getName(), kernels);
    assertThat(ran.code()).as(String.join("\n", ran.lines())).isZero();
    return ran.lines();
  }

  private static Ran run(String nvidiaSmi, List<String> options, String main, String... arguments)
      throws IOException, InterruptedException {
    return run(nvidiaSmi, Map.of(), options, main, arguments);
  }

  private static Ran run(
      String nvidiaSmi,
      Map<String, String> environment,
      List<String> options,
      String main,
      String... arguments)
      throws IOException, InterruptedException {
    NvidiaSmiTest.program(folder, nvidiaSmi);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> !a.startsWith("-javaagent") && !a.startsWith("-agentlib"))
        .forEach(command::add);
    command.add("-Duser.language=en");
    command.addAll(options);
    String classes = folder.resolve("classes").toString();
    command.add("-cp");
    command.add(classes + File.pathSeparator + System.getProperty("java.class.path"));
    command.add(main);
    command.addAll(List.of(arguments));
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("PATH", folder.toString());
    builder.environment().remove("CUDA_VISIBLE_DEVICES");
    builder.environment().remove("BACKEND_PRIORITY_CPU");
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("it ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Ran(process.exitValue(), Files.readAllLines(log));
  }

  private static final String HOPPER = "echo 0, GPU-5f2e, 9.0";
  private static final String REFUSED =
      "Cannot use kernels cuda: GPU address 0 has compute capability 9.0: ND4J 1.0.0-M2.1 holds";

  /** The JVM itself says what it loads. */
  @Test
  void onALaterGpuNothingOfNd4jIsLoaded() throws Exception {
    List<String> lines = kernels(HOPPER, List.of("-Xlog:class+load"), "cuda");
    assertThat(lines).anyMatch(l -> l.startsWith(REFUSED));
    assertThat(lines)
        .anyMatch(l -> l.contains(" tributary.tensor.nd4j.NvidiaSmi "))
        .filteredOn(l -> l.contains(" org.nd4j.") || l.contains(" org.bytedeco."))
        .isEmpty();
  }

  /** ND4J by itself would ask CUDA first. */
  @Test
  void onALaterGpuAutoAndCpuTakeTheCpuAndLeaveCudaAlone() throws Exception {
    List<String> lines = kernels(HOPPER, List.of(), "auto", "cpu", "cuda");
    assertThat(lines)
        .contains("auto is cpu", "cpu is cpu")
        .anyMatch(l -> l.contains("Kernels auto: cpu, for " + REFUSED))
        .anyMatch(l -> l.startsWith(REFUSED))
        .noneMatch(l -> l.contains(TOUCHED));
  }

  @Test
  void onAGpuThatNd4jRunsOnCudaIsAsked() throws Exception {
    List<String> lines = kernels("echo 0, GPU-5f2e, 8.9", List.of(), "cuda");
    assertThat(lines)
        .contains(TOUCHED, "Cannot use kernels cuda: no CUDA device: no driver")
        .noneMatch(l -> l.contains("compute capability"));
  }

  @Test
  void whereNobodyTellsOneLineSaysSoAndCudaIsAsked() throws Exception {
    List<String> lines = kernels("exit 9", List.of(), "cuda", "cuda", "auto");
    assertThat(lines)
        .contains(TOUCHED, "Cannot use kernels cuda: no CUDA device: no driver", "auto is cpu")
        .filteredOn(l -> l.contains("compute capability"))
        .containsExactly(
            "WARNING: Kernels cuda: the compute capability of the GPU is not known: nvidia-smi exits"
                + " with 9; trying it");
  }

  private static final String AMPERE = "echo 0, GPU-5f2e, 8.6";
  private static final List<String> GPU = List.of("-Dpretended.gpu=true");

  /** ND4J of a JVM runs on one kind of device: whichever is asked for first. */
  @Test
  void theFirstOneAskedForTakesTheJvm() throws Exception {
    assertThat(kernels(AMPERE, GPU, "cuda", "cpu", "auto"))
        .contains("cuda is cuda", "auto is cuda")
        .anyMatch(
            l ->
                l.startsWith("Cannot use kernels cpu: ND4J of this JVM runs on CUDA (set BACKEND"));
    assertThat(kernels(AMPERE, GPU, "cpu", "cuda"))
        .contains(
            "cpu is cpu",
            "Cannot use kernels cuda: ND4J has taken the CPU in this JVM, which has one kind of"
                + " device");
  }

  /** A folder with one golden case. */
  private static String oneCase() throws IOException {
    Path cases = Files.createDirectories(folder.resolve("cases"));
    Path golden = Path.of("src/test/resources/golden/cross_attention.safetensors");
    Files.copy(golden, cases.resolve(golden.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    return cases.toString();
  }

  @Test
  void parityRunsOnTheGpuAndSaysNothingOfTheCpu() throws Exception {
    Ran ran = run(AMPERE, GPU, "tributary.cli.Main", "parity", oneCase());
    assertThat(ran.code()).as(String.join("\n", ran.lines())).isZero();
    assertThat(ran.lines())
        .contains("2 ok, 0 failed, 0 unsupported (java, cuda)")
        .noneMatch(l -> l.startsWith("Cannot "));
  }

  @Test
  void parityRunsOnTheCpuWhereTheEnvironmentAsksForIt() throws Exception {
    Map<String, String> environment = Map.of("BACKEND_PRIORITY_CPU", "200");
    Ran ran = run(AMPERE, environment, GPU, "tributary.cli.Main", "parity", oneCase());
    assertThat(ran.code()).as(String.join("\n", ran.lines())).isZero();
    assertThat(ran.lines())
        .contains("2 ok, 0 failed, 0 unsupported (java, cpu)")
        .noneMatch(l -> l.startsWith("Cannot "));
  }

  @Test
  void parityRunsOnTheCpuWhereTheGpuIsNotForIt() throws Exception {
    Ran ran = run(HOPPER, List.of(), "tributary.cli.Main", "parity", oneCase());
    assertThat(ran.code()).as(String.join("\n", ran.lines())).isZero();
    assertThat(ran.lines())
        .contains("2 ok, 0 failed, 0 unsupported (java, cpu)")
        .noneMatch(l -> l.contains(TOUCHED))
        .noneMatch(l -> l.startsWith("Cannot "));
  }

  /**
   * In a local run the driver is what computes: preflight has it as a problem of the configuration.
   */
  @Test
  void aJobIsRefusedBeforeItRuns() throws Exception {
    Ran ran =
        run(
            HOPPER,
            List.of("-Dspark.master=local[1]", "-Dspark.ui.enabled=false"),
            "tributary.cli.Main",
            "fuse",
            "jobs/demo.yaml",
            "--set=kernels=cuda",
            "--set=output.path=" + folder.resolve("out"));
    assertThat(ran.code()).as(String.join("\n", ran.lines())).isEqualTo(2);
    assertThat(ran.lines())
        .anyMatch(
            l ->
                l.contains(
                    "Invalid kernels: cuda (Cannot use kernels cuda: the first device has compute capability 9.0: "))
        .noneMatch(l -> l.contains(TOUCHED));
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
