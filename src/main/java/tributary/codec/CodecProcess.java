package tributary.codec;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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
  private static final long END_SECONDS = 10;

  private final Codecs limits;
  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final String version;

  /** Processor time before the payload that is open, and when it was last asked. */
  private volatile Duration before = Duration.ZERO;

  private volatile long asked;
  private volatile boolean waiting;
  private volatile @Nullable String ended;

  private CodecProcess(Codecs limits, Process process) throws IOException {
    this.limits = limits;
    this.process = process;
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), BUFFER));
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), BUFFER));
    this.version = hello();
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
    Process process = builder.start();
    Errors errors = new Errors(process.getErrorStream());
    try {
      CodecProcess started = new CodecProcess(limits, process);
      Watch.over(started);
      return started;
    } catch (IOException e) {
      process.destroyForcibly();
      String said = errors.all();
      throw new IOException(said.isEmpty() ? e.getMessage() : said, e);
    }
  }

  private String hello() throws IOException {
    try {
      int magic = in.readInt();
      if (magic != Wire.MAGIC) {
        throw new IOException("it began with " + Integer.toHexString(magic));
      }
      return in.readUTF();
    } catch (java.io.EOFException e) {
      throw new IOException("it ended at once, " + exit(), e);
    }
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
    before = processor();
    ask(
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
    asked = System.nanoTime();
    waiting = true;
    try {
      return exchange.run();
    } catch (IOException e) {
      throw lost(e);
    } finally {
      waiting = false;
    }
  }

  private Lost lost(IOException e) {
    close();
    String why = ended;
    return new Lost(
        why != null
            ? why
            : "the codec process ended, "
                + exit()
                + ", as one does that meets a fault of a codec or needs more than codecs.memory: "
                + limits.memory()
                + " MiB",
        why != null,
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

  /** Ends the process where it has taken longer than it may. Called from the watch. */
  void check() {
    if (!waiting) {
      return;
    }
    Duration most = Duration.ofSeconds(limits.seconds());
    Duration used = processor().minus(before);
    boolean slow = used.compareTo(most) > 0;
    boolean stuck = System.nanoTime() - asked > most.toNanos();
    if (slow || stuck) {
      ended =
          "it takes more than the %d s of codecs.seconds (%s)"
              .formatted(limits.seconds(), slow ? "processor time" : "without an answer");
      process.destroyForcibly();
    }
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
    private final byte cause;

    Refusal(byte cause, String message) {
      super(message);
      this.cause = cause;
    }

    /** One of {@link Wire#CORRUPT} and its siblings. */
    byte kind() {
      return cause;
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
