package tributary.learn;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems.Refused;

/**
 * One run per folder: a lock of the operating system on the file `lock`, which ends with its
 * process, and in the file who holds it: host, process, start. Where the file system keeps no locks
 * between hosts, what the file says decides: another host's run is taken to be alive, for nobody
 * here can tell; this host's is asked for. An empty file is free.
 */
final class FolderLock implements AutoCloseable {
  static final String FILE = "lock";

  /** Behind what is written, so that who is refused can read it on systems that lock what is. */
  private static final long PLACE = Long.MAX_VALUE - 1;

  private static final int MOST = 4096;

  /**
   * Folders that this JVM holds. Asked first: on POSIX systems a process loses its lock when it
   * closes any other channel of that file.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path held;
  private final FileChannel channel;
  private final FileLock lock;

  private FolderLock(Path held, FileChannel channel, FileLock lock) {
    this.held = held;
    this.channel = channel;
    this.lock = lock;
  }

  /** Who holds a folder: host, process id, and when that process started. */
  record Holder(String host, long pid, String start) {
    static Holder self() throws IOException {
      ProcessHandle process = ProcessHandle.current();
      return new Holder(InetAddress.getLocalHost().getHostName(), process.pid(), start(process));
    }

    static @Nullable Holder parse(String text) {
      String[] words = text.strip().split(" ", -1);
      if (words.length != 3 || !words[1].matches("\\d{1,18}")) {
        return null;
      }
      return new Holder(words[0], Long.parseLong(words[1]), words[2]);
    }

    /** Whether a process of this host with that number runs that started then. */
    boolean runs() {
      return ProcessHandle.of(pid).filter(p -> start(p).equals(start)).isPresent();
    }

    private static String start(ProcessHandle process) {
      return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    String line() {
      return host + " " + pid + " " + start;
    }

    @Override
    public String toString() {
      return "process " + pid + " of host " + host + ", started " + start;
    }
  }

  /** Takes the folder, or refuses and says whose it is; says so where a dead run had it. */
  static FolderLock take(Path folder, Consumer<String> say) throws IOException {
    Path real = folder.toRealPath();
    if (!HELD.add(real)) {
      throw refused(folder, Holder.self().toString(), "");
    }
    FolderLock taken = null;
    try {
      taken = takeFile(folder, real, say);
      return taken;
    } finally {
      if (taken == null) {
        HELD.remove(real);
      }
    }
  }

  private static FolderLock takeFile(Path folder, Path real, Consumer<String> say)
      throws IOException {
    Path file = folder.resolve(FILE);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Holder self = Holder.self();
      FileLock lock = lock(channel);
      String text = read(channel);
      Holder holder = Holder.parse(text);
      if (lock == null) {
        throw refused(folder, holder == null ? "another process" : holder.toString(), "");
      }
      if (!text.isBlank()) {
        takeOver(folder, file, text, holder, self, say);
      }
      write(channel, self.line() + "\n");
      return new FolderLock(real, channel, lock);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void takeOver(
      Path folder,
      Path file,
      String text,
      @Nullable Holder holder,
      Holder self,
      Consumer<String> say) {
    if (holder == null) {
      throw refused(folder, "\"" + text.strip() + "\"", removing(file));
    }
    boolean here = holder.host().equals(self.host());
    boolean own = holder.pid() == self.pid() && holder.start().equals(self.start());
    if (!here || (holder.runs() && !own)) {
      throw refused(folder, holder.toString(), here ? "" : removing(file));
    }
    say.accept("Checkpoints in " + folder + ": taken over from " + holder + ", which has ended");
  }

  private static String removing(Path file) {
    return "; if it has ended, remove " + file;
  }

  private static Refused refused(Path folder, String holder, String more) {
    return new Refused(
        List.of("Cannot use checkpoint folder " + folder + ": it is in use by " + holder + more));
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(PLACE, 1, false);
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MOST);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      continue;
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }

  private static void write(FileChannel channel, String text) throws IOException {
    channel.truncate(0);
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes, bytes.position());
    }
    channel.force(true);
  }

  /** Frees the folder; the file remains, empty. */
  @Override
  public void close() throws IOException {
    try (channel) {
      channel.truncate(0);
      lock.release();
    } finally {
      HELD.remove(held);
    }
  }
}
