package tributary.codec.child;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import tributary.codec.Wire;

/** The samples of a payload's sound, one frame of the codec at a time. */
final class Sound implements Opened {
  private final Media media;
  private @Nullable Frames frames;
  private @Nullable AVFrame first;
  private int rate = 1;
  private int channels;
  private byte[] samples = new byte[0];

  /**
   * Of a container.
   *
   * @param media is closed with it
   */
  Sound(Media media) {
    this.media = media;
  }

  @Override
  public void start() throws Fault {
    AVStream stream = media.best(avutil.AVMEDIA_TYPE_AUDIO);
    if (stream == null) {
      if (media.best(avutil.AVMEDIA_TYPE_VIDEO) == null) {
        throw Fault.corrupt("there is no sound in it, and no video");
      }
      return;
    }
    frames = new Frames(media, stream);
    first = frames.next();
    if (first == null) {
      throw Fault.corrupt("there is no sample in its sound");
    }
    rate = first.sample_rate();
    channels = first.ch_layout().nb_channels();
  }

  @Override
  public void describe(DataOutputStream out) throws IOException {
    out.writeInt(rate);
    out.writeInt(channels);
  }

  @Override
  public void next(DataOutputStream out, Budget budget) throws Fault, IOException {
    AVFrame frame = first;
    first = null;
    if (frame == null && frames != null) {
      frame = frames.next();
    }
    if (frame == null) {
      out.writeByte(Wire.END);
      return;
    }
    if (frame.sample_rate() != rate || frame.ch_layout().nb_channels() != channels) {
      throw Fault.corrupt(
          "its sound goes on with %d samples a second of %d channels after %d of %d"
              .formatted(frame.sample_rate(), frame.ch_layout().nb_channels(), rate, channels));
    }
    int bytes = interleave(frame);
    budget.spend(bytes);
    out.writeByte(Wire.SAMPLES);
    out.writeInt(frame.nb_samples());
    out.write(samples, 0, bytes);
  }

  /** Fills `samples`; gives how many bytes. */
  private int interleave(AVFrame frame) throws Fault {
    int count = frame.nb_samples();
    int bytes = Math.multiplyExact(count, channels * Float.BYTES);
    if (samples.length < bytes) {
      samples = new byte[bytes];
    }
    ByteBuffer to = ByteBuffer.wrap(samples).order(ByteOrder.LITTLE_ENDIAN);
    boolean planar = avutil.av_sample_fmt_is_planar(frame.format()) == 1;
    int packed = avutil.av_get_packed_sample_fmt(frame.format());
    int width = avutil.av_get_bytes_per_sample(packed);
    for (int c = 0; c < channels; c++) {
      BytePointer plane = new BytePointer(frame.extended_data(planar ? c : 0));
      long length = (long) count * width * (planar ? 1 : channels);
      ByteBuffer from = plane.capacity(length).asByteBuffer().order(ByteOrder.nativeOrder());
      int step = planar ? width : width * channels;
      int start = planar ? 0 : c * width;
      for (int i = 0; i < count; i++) {
        to.putFloat((i * channels + c) * Float.BYTES, value(from, start + i * step, packed));
      }
    }
    return bytes;
  }

  /** Integers are divided by their range. */
  private static float value(ByteBuffer from, int at, int format) throws Fault {
    return switch (format) {
      case avutil.AV_SAMPLE_FMT_U8 -> ((from.get(at) & 0xFF) - 128) / 128f;
      case avutil.AV_SAMPLE_FMT_S16 -> from.getShort(at) / 32768f;
      case avutil.AV_SAMPLE_FMT_S32 -> from.getInt(at) / 0x1p31f;
      case avutil.AV_SAMPLE_FMT_S64 -> from.getLong(at) / 0x1p63f;
      case avutil.AV_SAMPLE_FMT_FLT -> from.getFloat(at);
      case avutil.AV_SAMPLE_FMT_DBL -> (float) from.getDouble(at);
      default -> throw Fault.corrupt("its samples are of the unknown format " + format);
    };
  }

  @Override
  public void close() {
    if (frames != null) {
      frames.close();
    }
    media.close();
  }
}
