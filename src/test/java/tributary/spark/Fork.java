package tributary.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A main class in a JVM of its own, with what executor processes need. */
public final class Fork {
  /**
   * For the JVM of a short life: the first compiler and the least collector alone, a third less
   * processor time.
   */
  public static final String SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private Fork() {}

  /** The exit code; the output goes to the log, and to ours where it failed. */
  public static int run(Path folder, Path log, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(folder, log, List.of(), main, arguments);
  }

  /** With more options for the JVM. */
  public static int run(
      Path folder, Path log, List<String> options, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    Process process = start(folder, log, options, main, arguments);
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    int exit = process.waitFor();
    if (exit != 0) {
      System.out.println(Files.readString(log));
    }
    return exit;
  }

  /** Starts it, and does not wait for its end. */
  static Process start(
      Path folder, Path log, List<String> options, Class<?> main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(java());
    command.addAll(options);
    command.addAll(List.of("-Xmx1g", "-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SPARK_HOME", sparkHome(folder).toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    return builder.start();
  }

  /** This JVM's class path, its jars first. */
  public static String classPath() {
    return entries(true) + File.pathSeparator + entries(false);
  }

  private static String entries(boolean jars) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> entry.endsWith(".jar") == jars)
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Options of an executor whose class path begins with {@link #classPath}. */
  public static String executorOptions() {
    return Stream.concat(
            Stream.of(SHORT_LIFE),
            java().stream().filter(option -> option.matches("-(XX:Shared|Xshare|Xlog:cds).*")))
        .collect(Collectors.joining(" "));
  }

  /** The JVM with this one's options, but for agents and the heap, and parsed classes. */
  static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(a -> !a.matches("-(javaagent|agentlib|Xmx|XX:\\+Use\\w+GC|XX:Compiler).*"))
        .forEach(command::add);
    command.addAll(List.of(SHORT_LIFE.split(" ")));
    if (command.stream().noneMatch(a -> a.startsWith("-XX:SharedArchiveFile"))) {
      try {
        command.addAll(ForkClasses.options(List.copyOf(command), entries(true)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return command;
  }

  /** A folder whose jars/ links to this class path: all that executor processes need. */
  static synchronized Path sparkHome(Path folder) throws IOException {
    Path home = folder.resolve("spark-home");
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      Path link = jars.resolve(jar.getFileName().toString());
      if (entry.endsWith(".jar") && !Files.exists(link)) {
        Files.createSymbolicLink(link, jar.toAbsolutePath());
      }
    }
    return home;
  }
}
