package tributary.codec.child;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import tributary.codec.Wire;

/**
 * A codec process: what {@link Wire} says, over its standard input and output. Ends when its input
 * does, or when the process that started it is gone.
 */
public final class Main {
  /** What every processor of the platform has; the same code runs on all of them. */
  private static final int PROCESSOR =
      avutil.AV_CPU_FLAG_MMX
          | avutil.AV_CPU_FLAG_MMXEXT
          | avutil.AV_CPU_FLAG_SSE
          | avutil.AV_CPU_FLAG_SSE2
          | avutil.AV_CPU_FLAG_SSE3
          | avutil.AV_CPU_FLAG_SSSE3
          | avutil.AV_CPU_FLAG_SSE4
          | avutil.AV_CPU_FLAG_SSE42;

  private static final int BUFFER = 1 << 16;
  private static final long WATCH_MILLISECONDS = 1000;

  private final long memory;
  private final DataInputStream in;
  private final DataOutputStream out;
  private @Nullable Opened open;

  /** Whether a part of an answer is written, behind which no fault can come. */
  private boolean answering;

  private @Nullable BytePointer content;
  private Budget budget = new Budget(0);

  private Main(long memory, FileInputStream in, FileOutputStream out) {
    this.memory = memory;
    this.in = new DataInputStream(in);
    this.out = new DataOutputStream(new BufferedOutputStream(out, BUFFER));
  }

  /**
   * Runs it.
   *
   * @param arguments MiB of memory that a payload may need
   */
  public static void main(String[] arguments) throws IOException {
    endWithParent();
    avutil.av_log_set_level(avutil.AV_LOG_QUIET);
    if ((avutil.av_get_cpu_flags() & PROCESSOR) != PROCESSOR) {
      System.err.println("Cannot decode here: the processor has no SSE4.2");
      System.exit(1);
    }
    avutil.av_force_cpu_flags(PROCESSOR);
    Main main =
        new Main(
            Long.parseLong(arguments[0]) << 20,
            new FileInputStream(FileDescriptor.in),
            new FileOutputStream(FileDescriptor.out));
    main.out.writeInt(Wire.MAGIC);
    main.out.writeUTF("FFmpeg " + avutil.av_version_info().getString());
    main.out.flush();
    try {
      main.serve();
    } catch (EOFException over) {
      // The task is done with it.
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // Whatever state it is in, no other payload shall meet it.
      System.err.println(e);
      Runtime.getRuntime().halt(2);
    }
  }

  private static void endWithParent() {
    ProcessHandle parent = ProcessHandle.current().parent().orElse(null);
    Thread watch =
        new Thread(
            () -> {
              while (parent != null && parent.isAlive()) {
                try {
                  Thread.sleep(WATCH_MILLISECONDS);
                } catch (InterruptedException e) {
                  return;
                }
              }
              Runtime.getRuntime().halt(1);
            },
            "watch of the parent");
    watch.setDaemon(true);
    watch.start();
  }

  private void serve() throws IOException {
    while (true) {
      byte asked = in.readByte();
      try {
        answer(asked);
      } catch (Fault e) {
        if (answering) {
          throw new IOException("half an answer is out", e);
        }
        release();
        fault(e.kind(), String.valueOf(e.getMessage()));
      }
      answering = false;
      out.flush();
    }
  }

  private void answer(byte asked) throws Fault, IOException {
    switch (asked) {
      case Wire.OPEN -> {
        release();
        Opened opening = opened();
        open = opening;
        opening.start();
        answering = true;
        out.writeByte(Wire.OPENED);
        opening.describe(out);
      }
      case Wire.NEXT -> {
        if (open == null) {
          throw Fault.corrupt("nothing is open");
        }
        open.next(out, budget);
      }
      case Wire.CLOSE -> release();
      default -> throw new IOException("no such request: " + asked);
    }
  }

  private Opened opened() throws Fault, IOException {
    byte kind = in.readByte();
    String demuxer = in.readUTF();
    String decoder = in.readUTF();
    double rate = in.readDouble();
    budget = new Budget(in.readLong());
    long size = in.readLong();
    BytePointer bytes = payload(size);
    content = bytes;
    if (kind == Wire.PICTURE && !decoder.isEmpty()) {
      return new Still(bytes, size, decoder, memory);
    }
    Media media = new Media(bytes, size, demuxer);
    return switch (kind) {
      case Wire.SOUND -> new Sound(media);
      case Wire.PICTURE -> new Still(media, memory);
      case Wire.VIDEO -> new Film(media, rate);
      default -> throw new IOException("no such kind: " + kind);
    };
  }

  /** Reads the payload to where the library can read it; what doesn't fit is read all the same. */
  private BytePointer payload(long size) throws Fault, IOException {
    BytePointer memory = new BytePointer(avutil.av_malloc(size + BUFFER));
    ByteBuffer to = memory.isNull() ? null : memory.capacity(size + BUFFER).asByteBuffer();
    byte[] part = new byte[BUFFER];
    for (long left = size; left > 0; ) {
      int count = (int) Math.min(left, part.length);
      in.readFully(part, 0, count);
      if (to != null) {
        to.put(part, 0, count);
      }
      left -= count;
    }
    if (to == null) {
      throw Fault.memory("its " + size + " bytes");
    }
    to.put(new byte[BUFFER]);
    return memory;
  }

  private void release() {
    if (open != null) {
      open.close();
      open = null;
    }
    if (content != null) {
      avutil.av_free(content);
      content = null;
    }
  }

  private void fault(byte cause, String why) throws IOException {
    out.writeByte(Wire.FAULT);
    out.writeByte(cause);
    out.writeUTF(why);
  }
}
