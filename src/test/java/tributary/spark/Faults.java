package tributary.spark;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tributary.config.Problems;
import tributary.spark.publish.Point;

/** What befalls one run, at a named point or at a moment that is drawn; closed when it is over. */
final class Faults implements AutoCloseable {
  /** What may befall a run. */
  enum Fault {
    /** The driver's thread gets an exception at a named point. */
    STOP,
    /** As STOP, with what a file system throws. */
    IO_ERROR,
    /** Another runs this job, too, at a named point or at any moment. */
    SECOND_WRITER,
    /** A file that was staged is removed before it is read back. */
    FILE_LOST,
    /** A byte of it is changed. */
    FILE_CHANGED,
    /** The tables' disk is full from a moment on, until the run has ended. */
    DISK_FULL,
    /** The disk of the executors' blocks is. */
    SCRATCH_FULL,
    /** A byte of a kept block, a shuffle's file or a checkpoint's portion is changed. */
    BITS,
    /** SIGKILL for an executor. */
    EXECUTOR,
    /** SIGKILL for a worker. */
    WORKER,
    /** SIGKILL for the driver. */
    DRIVER
  }

  /** What executors keep on disk. */
  private static final String BLOCKS = "rdd_.*|shuffle_.*|portion-.*";

  private final Fault fault;
  private final Random random;
  private final Runnable other;
  private final @Nullable FaultCluster cluster;
  private final Path lake;
  private final Path scratch;
  private final @Nullable Point at;
  private final Thread thread;
  private final long delay;
  private final FileTime armed = FileTime.fromMillis(System.currentTimeMillis());
  private boolean over;
  private boolean hit;
  private @Nullable String wrong;

  /**
   * @param seconds that such a run takes
   * @param other the run of a second writer
   * @param plain whether the run has no points to speak of
   */
  Faults(
      Fault fault,
      Random random,
      double seconds,
      @Nullable FaultCluster cluster,
      Path lake,
      Path scratch,
      Runnable other,
      boolean plain) {
    this.fault = fault;
    this.random = random;
    this.cluster = cluster;
    this.lake = lake;
    this.scratch = scratch;
    this.other = other;
    this.delay = (long) (random.nextDouble() * seconds * 1000);
    this.at = point(fault, random, plain);
    this.thread = new Thread(this::befall, "fault");
    thread.setDaemon(true);
  }

  /** Where it happens; none where at a moment. */
  private static @Nullable Point point(Fault fault, Random random, boolean plain) {
    Point[] points = Point.values();
    Point any = points[random.nextInt(points.length)];
    boolean atPoint = random.nextBoolean() && !plain;
    return switch (fault) {
      case STOP, IO_ERROR ->
          plain ? Point.values()[Point.ENCODED.ordinal() + random.nextInt(4)] : any;
      case SECOND_WRITER -> atPoint ? any : null;
      case FILE_LOST, FILE_CHANGED -> Point.WRITTEN;
      default -> null;
    };
  }

  void start() {
    if (at == null) {
      thread.start();
      return;
    }
    Point.observe(
        point -> {
          if (point == at && !hit) {
            reached();
          }
        });
  }

  private void reached() {
    hit = true;
    switch (fault) {
      case STOP -> throw new IllegalStateException("Cannot go on: stopped at " + at);
      case IO_ERROR -> throw new UncheckedIOException(new IOException("stopped at " + at));
      case SECOND_WRITER -> second(false);
      case FILE_LOST -> hit = part(false);
      case FILE_CHANGED -> hit = part(true);
      default -> throw new IllegalStateException(fault + " at a point");
    }
  }

  /** Refused; or let through, where the first has ended or not begun. */
  private void second(boolean mayPass) {
    try {
      other.run();
      wrong = mayPass ? wrong : "a second writer was let through at " + at;
    } catch (Problems.Refused right) {
      hit = true;
    } catch (Exception e) {
      wrong = "a second writer failed: " + e;
    }
  }

  private void befall() {
    try {
      Thread.sleep(delay);
      if (fault == Fault.SECOND_WRITER) {
        hit = true;
        second(true);
        return;
      }
      while (!acted()) {
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether that was it. */
  private synchronized boolean acted() throws IOException, InterruptedException {
    if (!over) {
      hit =
          switch (fault) {
            case DISK_FULL -> fill(filler(lake));
            case SCRATCH_FULL -> fill(filler(scratch));
            case BITS -> change(blocks());
            case EXECUTOR -> cluster != null && cluster.killExecutor(random);
            case WORKER -> cluster != null && cluster.killWorker(random);
            default -> throw new IllegalStateException(fault + " at a moment");
          };
    }
    return over || hit;
  }

  private static Path filler(Path folder) {
    return folder.resolveSibling("filler");
  }

  private static boolean fill(Path file) {
    byte[] bytes = new byte[1 << 16];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(bytes);
      }
    } catch (IOException full) {
      return true;
    }
  }

  private boolean part(boolean change) {
    try (Stream<Path> files = Files.walk(lake)) {
      List<Path> parts =
          files.filter(f -> f.getFileName().toString().matches("part-.*parquet")).toList();
      List<Path> staged = parts.stream().filter(f -> f.toString().contains(".staging-")).toList();
      List<Path> own = staged.isEmpty() ? parts : staged;
      if (change) {
        return change(own);
      }
      Files.delete(own.get(random.nextInt(own.size())));
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> blocks() {
    try (Stream<Path> kept = Files.walk(scratch);
        Stream<Path> portions = Files.walk(lake)) {
      return Stream.concat(kept, portions)
          .filter(f -> f.getFileName().toString().matches(BLOCKS))
          .filter(this::isOfThisRun)
          .toList();
    } catch (IOException | UncheckedIOException gone) {
      return List.of();
    }
  }

  /** Spark keeps files of runs before for a while. */
  private boolean isOfThisRun(Path file) {
    try {
      return Files.getLastModifiedTime(file).compareTo(armed) > 0;
    } catch (IOException gone) {
      return false;
    }
  }

  /** A byte of one of them. */
  private boolean change(List<Path> files) {
    if (files.isEmpty()) {
      return false;
    }
    Path file = files.get(random.nextInt(files.size()));
    if (!Files.exists(file)) {
      return false;
    }
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long place = (long) (random.nextDouble() * bytes.length());
      bytes.seek(place);
      int was = bytes.read();
      bytes.seek(place);
      bytes.write(was ^ 1 << random.nextInt(8));
      return was >= 0;
    } catch (IOException gone) {
      return false;
    }
  }

  boolean hit() {
    return hit;
  }

  /** What must not be. */
  @Nullable String wrong() {
    return wrong;
  }

  @Override
  public String toString() {
    return fault + (at == null ? " after " + delay + " ms" : " at " + at);
  }

  /** The run has ended. */
  @Override
  public void close() throws IOException, InterruptedException {
    synchronized (this) {
      over = true;
    }
    thread.join();
    Point.unobserved();
    Files.deleteIfExists(filler(lake));
    Files.deleteIfExists(filler(scratch));
  }
}
