package tributary.spark.publish;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A process, so that another on the same machine can tell whether it is alive.
 *
 * @param space what process numbers count in: the machine's boot and the container; empty where it
 *     is not known
 * @param started ticks after the boot, for numbers are used again and clocks are set; 0 where it is
 *     not known
 */
record Process(String user, String host, long pid, String space, long started) {
  /** Places of words in a process's stat. */
  private static final int STATE = 3;

  private static final int START = 22;

  static Process current() {
    long own = ProcessHandle.current().pid();
    return new Process(
        Objects.requireNonNullElse(System.getProperty("user.name"), "?"),
        machine(),
        own,
        numbering(),
        start(own));
  }

  /** Whether it lives; none where it is of another machine, or that can't be known. */
  Optional<Boolean> alive() {
    if (space.isEmpty() || started == 0 || !space.equals(numbering())) {
      return Optional.empty();
    }
    long now = start(pid);
    // Of another user's process a machine may tell nothing.
    return now == 0 && !user.equals(current().user)
        ? Optional.empty()
        : Optional.of(now == started);
  }

  String told() {
    return user + " on " + host + ", process " + pid;
  }

  /** See proc(5): the 22nd word; the second, in brackets, may have blanks. */
  static long start(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return words[0].equals("Z") ? 0 : Long.parseLong(words[START - STATE]);
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException none) {
      return 0;
    }
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
