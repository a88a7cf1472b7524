package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import tributary.config.JobConfig.Codecs;
import tributary.read.AudioReader;
import tributary.read.CodecLibrary;
import tributary.read.Container;
import tributary.read.ImageReader;
import tributary.read.NoCodecs;
import tributary.read.Signal;

/**
 * The library of codecs (FFmpeg), each payload in a process of its own: what it breaks there is a
 * record in the quarantine. Where an installation lacks what it needs, payloads are refused by the
 * name of their format and the reason.
 */
public final class CodecProcesses implements CodecLibrary, AutoCloseable {
  private final CodecPool pool;

  /** What is open, of what anybody still knows. */
  private final Set<OpenPayload> open =
      Collections.newSetFromMap(Collections.synchronizedMap(new WeakHashMap<>()));

  private CodecProcesses(Codecs limits) {
    this.pool = CodecPool.of(limits);
  }

  /** Those of this JVM with such limits, or none, with the reason. */
  public static CodecLibrary of(Codecs limits) {
    return missing(limits)
        .<CodecLibrary>map(NoCodecs::new)
        .orElseGet(() -> new CodecProcesses(limits));
  }

  /** Why there are no such processes; none is started. */
  public static Optional<String> missing(Codecs limits) {
    if (!limits.enabled()) {
      return Optional.of("that is off (codecs.enabled: false)");
    }
    try {
      return Launch.command(limits).isEmpty() ? Optional.of("no command") : Optional.empty();
    } catch (IOException e) {
      return Optional.of("no process of its own can start here: " + e.getMessage());
    }
  }

  /**
   * Starts a process, so that what is wrong is known before records are.
   *
   * @return the library's name and version
   * @throws IOException where none can start, with the reason
   */
  public static String probe(Codecs limits) throws IOException {
    CodecPool pool = CodecPool.of(limits);
    CodecProcess process = pool.take();
    pool.give(process);
    return process.version();
  }

  @Override
  public Signal.Image picture(Container container, byte[] payload, long mostPixels) {
    Reasons reasons = Reasons.picture(container);
    try (OpenPayload picture = opened(Wire.PICTURE, 0, payload, reasons)) {
      return picture.read(in -> picture(in, container, mostPixels));
    } catch (IOException e) {
      throw off(container, e);
    }
  }

  private static Signal.Image picture(DataInputStream in, Container container, long mostPixels)
      throws IOException {
    int width = in.readInt();
    int height = in.readInt();
    byte colours = in.readByte();
    byte orientation = in.readByte();
    byte[] profile = new byte[in.readInt()];
    in.readFully(profile);
    Signal.Image image =
        Pixels.read(
            in,
            width,
            height,
            Pixels.RGBA,
            ImageReader.every(container.name(), width, height, mostPixels));
    return ImageReader.seen(image, orientation, profile, colours);
  }

  @Override
  public Signal.Audio sound(Container container, byte[] payload) {
    Reasons reasons = Reasons.sound(container);
    try (SoundStream first = new SoundStream(opened(Wire.SOUND, 0, payload, reasons), reasons)) {
      int channels = first.channels();
      if (channels == 0) {
        return AudioReader.silence();
      }
      SoundStart whole = SoundStart.read(first, channels);
      Signal.PcmSource source =
          whole == null
              ? () -> new SoundStream(opened(Wire.SOUND, 0, payload, reasons), reasons)
              : whole::open;
      return new Signal.Audio(first.rate(), channels, source);
    } catch (IOException e) {
      throw off(container, e);
    }
  }

  @Override
  public Signal.Video video(Container container, byte[] payload) {
    Reasons reasons = Reasons.video(container);
    return new Signal.Video(
        rate -> {
          try {
            return new VideoStream(opened(Wire.VIDEO, rate, payload, reasons));
          } catch (IOException e) {
            throw off(container, e);
          }
        });
  }

  private OpenPayload opened(byte kind, double rate, byte[] payload, Reasons reasons)
      throws IOException {
    OpenPayload payloadOpen = OpenPayload.of(pool, kind, rate, payload, reasons);
    open.add(payloadOpen);
    return payloadOpen;
  }

  /** Closes what a task that is over has left open. */
  @Override
  public void close() {
    synchronized (open) {
      open.forEach(OpenPayload::close);
      open.clear();
    }
  }

  /**
   * A fault of the machine, not of the record: on another one, or later, it would be decoded. So
   * the task fails, and Spark tries it again.
   */
  private static LinkageError off(Container container, IOException e) {
    return new LinkageError(
        "Cannot decode "
            + container.name()
            + ": no process of its own can start here: "
            + e.getMessage()
            + " (codecs.enabled: false does without)",
        e);
  }
}
