package tributary.clusters;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM beside the tests, such as a cluster's master, with its log; ends when it is closed. */
final class Service implements AutoCloseable {
  private final Process process;
  private final Path log;

  private Service(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts one.
   *
   * @param jars a folder of jars, its class path
   * @param arguments options of the JVM, the class or source file, and what it gets
   */
  static Service start(Path log, Path jars, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", jars + "/*"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(Runs.SHORT_LIFE);
    builder.environment().putAll(environment);
    return new Service(builder.start(), log);
  }

  /** Returns when the log has a text; fails where the process ends before. */
  void await(String text) throws IOException, InterruptedException {
    while (!Files.readString(log).contains(text)) {
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        throw new AssertionError("ended before \"" + text + "\":\n" + Files.readString(log));
      }
    }
  }

  /** A port that is free now. */
  static int port() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(2, TimeUnit.SECONDS)) {
      process.destroy();
      process.waitFor();
    }
  }
}
