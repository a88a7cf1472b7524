package tributary.spark.publish;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A process, so that another on the same machine can tell whether it is alive.
 *
 * @param space what process numbers count in: the machine's boot and the container; empty where it
 *     is not known
 * @param started when, in milliseconds, by the machine's own clock: numbers are used again; 0 where
 *     it is not known
 */
record Process(String user, String host, long pid, String space, long started) {
  static Process current() {
    ProcessHandle own = ProcessHandle.current();
    return new Process(
        Objects.requireNonNullElse(System.getProperty("user.name"), "?"),
        machine(),
        own.pid(),
        numbering(),
        start(own));
  }

  /** Whether it lives; none where it is of another machine, or that can't be known. */
  Optional<Boolean> alive() {
    if (space.isEmpty() || started == 0 || !space.equals(numbering())) {
      return Optional.empty();
    }
    return Optional.of(
        ProcessHandle.of(pid).filter(p -> p.isAlive() && start(p) == started).isPresent());
  }

  String told() {
    return user + " on " + host + ", process " + pid;
  }

  private static long start(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static String machine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "an unknown machine";
    }
  }

  private static String numbering() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + " "
          + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }
}
