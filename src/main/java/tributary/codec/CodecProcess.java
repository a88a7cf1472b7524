package tributary.codec;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig.Codecs;

/**
 * One codec process, and what it is asked; used by one thread at a time. Another one, the {@link
 * Watch}, ends it where it takes too long.
 */
final class CodecProcess implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final long END_SECONDS = 2;

  /** Bytes that /proc counts in, on x86-64. */
  private static final long PAGE = 4096;

  private static final String TUNABLES =
      "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable,-FMA4_Usable";

  private final Codecs limits;
  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final Errors errors;
  private String version = "";

  /** Processor time before the payload that is open. */
  private Duration before = Duration.ZERO;

  /** Processor time that was seen last, and when it was seen to grow. */
  private Duration last = Duration.ZERO;

  private long moved = System.nanoTime();

  /** Who waits for an answer. */
  private @Nullable Thread waiting;

  private @Nullable String ended;
  private int served;

  private CodecProcess(Codecs limits, Process process) {
    this.limits = limits;
    this.process = process;
    this.errors = new Errors(process.getErrorStream());
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER));
  }

  /**
   * Starts one and waits until it is there.
   *
   * @throws IOException where it can't start, with the reason
   */
  static CodecProcess start(Codecs limits) throws IOException {
    return start(limits, Launch.command(limits));
  }

  static CodecProcess start(Codecs limits, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    // Options for other JVMs, or a log on the standard output, would disturb it.
    builder
        .environment()
        .keySet()
        .removeIf(k -> k.endsWith("JAVA_OPTIONS") || k.equals("JAVA_TOOL_OPTIONS"));
    // One pool of memory for all threads: what each reserves would count.
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    // Tables of some codecs are made with the C library's sin and pow, whose last bits these
    // change.
    builder.environment().put("GLIBC_TUNABLES", TUNABLES);
    CodecProcess started = new CodecProcess(limits, builder.start());
    Watch.over(started);
    try {
      started.hello();
      return started;
    } catch (Lost e) {
      String said = started.errors.all();
      throw new IOException(said.isEmpty() ? e.getMessage() : said, e);
    }
  }

  private void hello() throws Lost, IOException {
    int magic = watched(in::readInt);
    if (magic != Wire.MAGIC) {
      close();
      throw new IOException("it began with " + Integer.toHexString(magic));
    }
    version = watched(in::readUTF);
  }

  String version() {
    return version;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  DataInputStream in() {
    return in;
  }

  /**
   * Opens a payload; after it {@link #in} has what is said of it.
   *
   * @throws Refusal where it can't be decoded
   * @throws Lost where the process ends over it
   */
  void open(byte kind, String demuxer, String decoder, double rate, byte[] payload)
      throws Refusal, Lost {
    synchronized (this) {
      before = processor();
    }
    served++;
    expect(
        Wire.OPENED,
        () -> {
          out.writeByte(Wire.OPEN);
          out.writeByte(kind);
          out.writeUTF(demuxer);
          out.writeUTF(decoder);
          out.writeDouble(rate);
          out.writeLong(limits.output());
          out.writeLong(payload.length);
          out.write(payload);
        });
  }

  /**
   * Whether what it served has left so much of its address space taken that a payload might miss
   * it.
   */
  boolean isFull() {
    try {
      String pages = Files.readString(Path.of("/proc/" + process.pid() + "/statm"));
      long taken = Long.parseLong(pages.substring(0, pages.indexOf(' '))) * PAGE;
      return taken > (Launch.JAVA + limits.memory() / 4L) << 20;
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException gone) {
      return true;
    }
  }

  /** How many payloads it has opened. */
  int served() {
    return served;
  }

  /** Asks for what comes next; gives which of {@link Wire}'s answers {@link #in} goes on with. */
  byte next() throws Refusal, Lost {
    return ask(() -> out.writeByte(Wire.NEXT));
  }

  /** Ends what is open, so that the next can be. */
  void closeOpened() throws Lost {
    try {
      out.writeByte(Wire.CLOSE);
      out.flush();
    } catch (IOException e) {
      throw lost(e);
    }
  }

  /** What is written to, or read from, the process. */
  interface Exchange<T> {
    T run() throws IOException;
  }

  private interface Request {
    void write() throws IOException;
  }

  private void expect(byte wanted, Request request) throws Refusal, Lost {
    byte answer = ask(request);
    if (answer != wanted) {
      throw lost(new IOException("it answers " + answer));
    }
  }

  private byte ask(Request request) throws Refusal, Lost {
    return answered(
        () -> {
          request.write();
          out.flush();
          return in.readByte();
        });
  }

  private byte answered(Exchange<Byte> exchange) throws Refusal, Lost {
    byte answer = watched(exchange);
    if (answer == Wire.FAULT) {
      byte cause = watched(in::readByte);
      throw new Refusal(cause, watched(in::readUTF));
    }
    return answer;
  }

  /** Reads or writes while the time counts. */
  <T> T watched(Exchange<T> exchange) throws Lost {
    waits(Thread.currentThread());
    try {
      return exchange.run();
    } catch (IOException e) {
      waits(null);
      throw lost(e);
    } finally {
      waits(null);
    }
  }

  private synchronized void waits(@Nullable Thread thread) {
    waiting = thread;
    moved = System.nanoTime();
  }

  private Lost lost(IOException e) {
    String exit = exit();
    if (!process.isAlive()) {
      // Before the end closes what it said and nobody has read yet.
      errors.all();
    }
    close();
    String why;
    synchronized (this) {
      why = ended;
    }
    if (why != null) {
      return new Lost(why, true, e);
    }
    return new Lost(
        version.isEmpty()
            ? "it ended at once, " + exit
            : "the codec process ended, "
                + exit
                + ", as one does that meets a fault of a codec or needs more than codecs.memory: "
                + limits.memory()
                + " MiB",
        false,
        e);
  }

  private String exit() {
    try {
      return process.waitFor(END_SECONDS, TimeUnit.SECONDS)
          ? "exit code " + process.exitValue()
          : "and is still there";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /**
   * Ends the process where it has taken longer than it may, makes no progress, or nobody waits for
   * it any more. Called from the watch.
   */
  synchronized void check() {
    Thread waits = waiting;
    if (waits == null) {
      return;
    }
    Duration used = processor();
    long now = System.nanoTime();
    if (!used.equals(last)) {
      last = used;
      moved = now;
    }
    long most = Duration.ofSeconds(limits.seconds()).toNanos();
    if (waits.isInterrupted()) {
      ended = "the task is interrupted";
    } else if (used.minus(before).toNanos() > most) {
      ended = tooLong("processor time");
    } else if (now - moved > most) {
      ended = tooLong("it makes no progress");
    } else {
      return;
    }
    process.destroyForcibly();
  }

  private String tooLong(String how) {
    return "it takes more than the " + limits.seconds() + " s of codecs.seconds (" + how + ")";
  }

  private Duration processor() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    Watch.leave(this);
    process.destroyForcibly();
  }

  /** The payload can't be decoded; the process goes on. */
  static final class Refusal extends Exception {
    private final byte kind;

    Refusal(byte kind, String message) {
      super(message);
      this.kind = kind;
    }

    /** One of {@link Wire#CORRUPT} and its siblings. */
    byte kind() {
      return kind;
    }
  }

  /** The process is gone. */
  static final class Lost extends Exception {
    private final boolean limit;

    Lost(String message, boolean limit, Throwable cause) {
      super(message, cause);
      this.limit = limit;
    }

    /** Whether it was ended, for it took too long. */
    boolean byLimit() {
      return limit;
    }
  }
}
