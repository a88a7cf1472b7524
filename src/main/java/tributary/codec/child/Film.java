package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Objects;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;
import tributary.codec.Wire;

/**
 * What a video shows at the times 0, 1 / rate, 2 / rate, ... seconds after its first frame, to the
 * end of its last. A frame is shown until the next one's time.
 */
final class Film implements Opened {
  /** Bytes that a frame counts at least: whoever reads it makes a canvas of it. */
  private static final long LEAST = 1 << 18;

  /** Seconds by which a time may be late and still be met: times are rounded in containers. */
  private static final double SLACK = 1e-6;

  private final Media media;
  private final double rate;
  private int orientation = 1;
  private int[] cropping = {};
  private double tick;

  /** Seconds of a frame that doesn't say how long it is. */
  private double lasting;

  private @Nullable AVStream stream;
  private @Nullable Frames frames;
  private final Rgb rgb = new Rgb();
  private final AVFrame ahead = avutil.av_frame_alloc();
  private final AVFrame shown = avutil.av_frame_alloc();
  private boolean hasAhead;
  private double origin;
  private double aheadTime;
  private double aheadLasts;
  private double end;
  private long index;

  /** Whether what `shown` holds was sent already. */
  private boolean sent;

  /**
   * Of a container.
   *
   * @param media is closed with it
   * @param rate frames a second
   */
  Film(Media media, double rate) {
    this.media = media;
    this.rate = rate;
  }

  @Override
  public void start() throws Fault {
    AVStream found = media.best(avutil.AVMEDIA_TYPE_VIDEO);
    if (found == null) {
      throw new Fault(Wire.NOTHING, "there is no video in it");
    }
    stream = found;
    SideData notes = SideData.of(found.codecpar());
    orientation = notes.orientation();
    cropping = notes.cropping();
    tick = avutil.av_q2d(found.time_base());
    AVRational average = found.avg_frame_rate();
    lasting = average.num() > 0 && average.den() > 0 ? 1 / avutil.av_q2d(average) : 0;
    frames = new Frames(media, found);
    read();
    if (!hasAhead) {
      throw Fault.corrupt("there is no frame in its video");
    }
    origin = Double.isNaN(aheadTime) ? 0 : aheadTime;
    aheadTime = 0;
    end = aheadLasts;
  }

  @Override
  public void describe(DataOutputStream out) throws IOException {
    out.writeByte(orientation);
  }

  @Override
  public void next(DataOutputStream out, Budget budget) throws Fault, IOException {
    double time = index / rate;
    while (hasAhead && aheadTime <= time + SLACK) {
      advance();
    }
    if (!hasAhead && time >= end - SLACK && index > 0) {
      out.writeByte(Wire.END);
      return;
    }
    index++;
    if (sent) {
      budget.spend(Math.max(LEAST, rgb.bytes()));
      out.writeByte(Wire.SAME);
      return;
    }
    convert();
    budget.spend(Math.max(LEAST, rgb.bytes()));
    sent = true;
    out.writeByte(Wire.FRAME);
    out.writeInt(rgb.width());
    out.writeInt(rgb.height());
    out.writeByte(rgb.depth());
    rgb.write(out, rgb.width(), rgb.height());
  }

  /** Pixels that aren't square become so: the shorter side of them is stretched. */
  private void convert() throws Fault {
    SideData.crop(shown, cropping);
    AVRational ratio =
        avformat.av_guess_sample_aspect_ratio(
            media.format(), Objects.requireNonNull(stream), shown);
    double aspect = ratio.num() > 0 && ratio.den() > 0 ? avutil.av_q2d(ratio) : 1;
    double wide = Math.max(1, aspect > 1 ? shown.width() * aspect : shown.width());
    double high = Math.max(1, aspect < 1 ? shown.height() / aspect : shown.height());
    if (wide * high > StreamDecoder.MOST_PIXELS) {
      throw new Fault(
          Wire.TOO_LARGE, "a frame of it claims %.0f x %.0f pixels".formatted(wide, high));
    }
    rgb.convert(shown, Rgb.hasAlpha(shown), (int) Math.round(wide), (int) Math.round(high));
  }

  /** What is ahead is shown; the one after it is read. */
  private void advance() throws Fault {
    avutil.av_frame_unref(shown);
    avutil.av_frame_move_ref(shown, ahead);
    sent = false;
    double before = aheadTime;
    read();
    if (hasAhead) {
      // Without a time of its own it follows the one before; times that run back do so, too.
      double given = aheadTime - origin;
      aheadTime = given >= before ? given : end;
      end = aheadTime + aheadLasts;
    }
  }

  /** The next frame goes ahead, with its time by the stream's clock: NaN where it has none. */
  private void read() throws Fault {
    AVFrame frame = Objects.requireNonNull(frames).next();
    hasAhead = frame != null;
    if (frame == null) {
      return;
    }
    long stamp = frame.best_effort_timestamp();
    aheadTime = stamp == avutil.AV_NOPTS_VALUE ? Double.NaN : stamp * tick;
    aheadLasts = frame.duration() > 0 ? frame.duration() * tick : lasting;
    avutil.av_frame_unref(ahead);
    avutil.av_frame_move_ref(ahead, frame);
  }

  @Override
  public void close() {
    avutil.av_frame_free(ahead);
    avutil.av_frame_free(shown);
    rgb.close();
    if (frames != null) {
      frames.close();
    }
    media.close();
  }
}
