package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import tributary.config.JobConfig.Codecs;
import tributary.read.AudioReader;
import tributary.read.CodecLibrary;
import tributary.read.Container;
import tributary.read.ImageReader;
import tributary.read.NoCodecs;
import tributary.read.Signal;

/**
 * The library of codecs (FFmpeg), each payload in a process of its own: what it breaks there is a
 * record in the quarantine. Where no such process can start, payloads are refused by the name of
 * their format and the reason.
 */
public final class CodecProcesses implements CodecLibrary {
  private static final System.Logger LOG = System.getLogger("tributary");

  /** Samples a second of a sound that isn't there: any that can be resampled. */
  private static final int SILENT = 48_000;

  /** One warning a JVM is enough. */
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private final CodecPool pool;

  private CodecProcesses(Codecs limits) {
    this.pool = CodecPool.of(limits);
  }

  /** Those of this JVM with such limits, or none. */
  public static CodecLibrary of(Codecs limits) {
    return limits.enabled()
        ? new CodecProcesses(limits)
        : new NoCodecs("that is off (codecs.enabled: false)");
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
    try (OpenPayload open = OpenPayload.of(pool, Wire.PICTURE, 0, payload, reasons)) {
      return open.read(in -> picture(in, container, mostPixels));
    } catch (IOException e) {
      return off(e).picture(container, payload, mostPixels);
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
    try (OpenPayload open = OpenPayload.of(pool, Wire.SOUND, 0, payload, reasons)) {
      int rate = open.read(DataInputStream::readInt);
      int channels = open.read(DataInputStream::readInt);
      if (channels == 0) {
        return AudioReader.pcm(SILENT, new float[0]);
      }
      return new Signal.Audio(
          rate,
          channels,
          () ->
              new SoundStream(
                  OpenPayload.of(pool, Wire.SOUND, 0, payload, reasons), channels, reasons));
    } catch (IOException e) {
      return off(e).sound(container, payload);
    }
  }

  @Override
  public Signal.Video video(Container container, byte[] payload) {
    Reasons reasons = Reasons.video(container);
    return new Signal.Video(
        rate -> {
          try {
            return new VideoStream(OpenPayload.of(pool, Wire.VIDEO, rate, payload, reasons));
          } catch (IOException e) {
            throw off(e).refused("video", container);
          }
        });
  }

  private static NoCodecs off(IOException e) {
    String why = "no process of its own can start here: " + e.getMessage();
    if (WARNED.compareAndSet(false, true)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Formats that a library of codecs decodes are not read: {0}",
          why);
    }
    return new NoCodecs(why);
  }
}
