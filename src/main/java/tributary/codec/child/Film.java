package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avutil;
import tributary.codec.Wire;

/**
 * What a video shows at the times 0, 1 / rate, 2 / rate, ... seconds after its first frame, to the
 * end of its last. A frame is shown until the next one's time.
 */
final class Film implements Opened {
  /** Seconds by which a time may be late and still be met: times are rounded in containers. */
  private static final double SLACK = 1e-6;

  private final Media media;
  private final double rate;
  private final int orientation;
  private final double tick;
  private final double lasting;
  private final Frames frames;
  private final Rgb rgb = new Rgb();
  private final AVFrame ahead = avutil.av_frame_alloc();
  private final AVFrame shown = avutil.av_frame_alloc();
  private boolean hasAhead;
  private double origin;
  private double aheadTime;
  private double end;
  private long index;

  /** Whether what `shown` holds was sent already. */
  private boolean sent;

  Film(Media media, double rate) throws Fault {
    this.media = media;
    this.rate = rate;
    AVStream stream = media.best(avutil.AVMEDIA_TYPE_VIDEO);
    if (stream == null) {
      media.close();
      throw new Fault(Wire.NOTHING, "there is no video in it");
    }
    orientation = SideData.of(stream.codecpar()).orientation();
    tick = avutil.av_q2d(stream.time_base());
    AVRational average = stream.avg_frame_rate();
    lasting = average.num() > 0 && average.den() > 0 ? 1 / avutil.av_q2d(average) : 0;
    frames = new Frames(media, stream);
    try {
      read(true);
      if (!hasAhead) {
        throw Fault.corrupt("there is no frame in its video");
      }
      origin = aheadTime;
      aheadTime = 0;
      end = 0;
    } catch (Fault e) {
      close();
      throw e;
    }
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
      budget.spend(rgb.bytes());
      out.writeByte(Wire.SAME);
      return;
    }
    convert();
    budget.spend(rgb.bytes());
    sent = true;
    out.writeByte(Wire.FRAME);
    out.writeInt(rgb.width());
    out.writeInt(rgb.height());
    out.writeByte(rgb.depth());
    rgb.write(out, rgb.width(), rgb.height());
  }

  /** Pixels that aren't square become so: the shorter side of them is stretched. */
  private void convert() throws Fault {
    AVRational ratio = shown.sample_aspect_ratio();
    double aspect = ratio.num() > 0 && ratio.den() > 0 ? avutil.av_q2d(ratio) : 1;
    double wide = aspect > 1 ? shown.width() * aspect : shown.width();
    double high = aspect < 1 ? shown.height() / aspect : shown.height();
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
    read(false);
  }

  private void read(boolean first) throws Fault {
    AVFrame frame = frames.next();
    hasAhead = frame != null;
    if (frame == null) {
      return;
    }
    double before = aheadTime;
    long stamp = frame.best_effort_timestamp();
    double lasts = frame.duration() > 0 ? frame.duration() * tick : lasting;
    // Without a time of its own it follows the one before; times that run back do so, too.
    double given = stamp == avutil.AV_NOPTS_VALUE ? Double.NaN : stamp * tick - origin;
    aheadTime = first ? (Double.isNaN(given) ? 0 : given) : given >= before ? given : end;
    end = aheadTime - (first ? aheadTime : 0) + lasts;
    avutil.av_frame_unref(ahead);
    avutil.av_frame_move_ref(ahead, frame);
  }

  @Override
  public void close() {
    avutil.av_frame_free(ahead);
    avutil.av_frame_free(shown);
    rgb.close();
    frames.close();
    media.close();
  }
}
