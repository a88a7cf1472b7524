package tributary.codec.child;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A payload in memory as the library reads it: a file that can be sought in, of one container that
 * the caller names, and that refers to nothing outside of itself.
 */
final class Media implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;
  private static final int SEEK_END = 2;

  /** Bytes of a RIFF header, which its own size doesn't count. */
  private static final int RIFF = 8;

  /** By how much a container's own length may be wrong: frames are not counted in it exactly. */
  private static final double SLACK = 0.01;

  private static final double SLACK_SECONDS = 0.1;
  private static final double SLACK_PACKETS = 2.5;

  /** Containers whose own length is what their encoder guessed. */
  private static final Set<String> GUESSES = Set.of("flv");

  private final BytePointer content;
  private final long size;
  private final String demuxer;
  private long at;

  // The library calls them as long as it reads: they are held.
  private final Read_packet_Pointer_BytePointer_int read =
      new Read_packet_Pointer_BytePointer_int() {
        @Override
        public int call(Pointer opaque, BytePointer to, int length) {
          return read(to, length);
        }
      };
  private final Seek_Pointer_long_int seek =
      new Seek_Pointer_long_int() {
        @Override
        public long call(Pointer opaque, long offset, int whence) {
          return seek(offset, whence);
        }
      };
  private final AVIOContext io;
  private final AVFormatContext format;
  private final AVPacket packet = avcodec.av_packet_alloc();
  private boolean open;

  /** Seconds of the first and the last packet so far. */
  private double begin = Double.POSITIVE_INFINITY;

  private double end = Double.NEGATIVE_INFINITY;

  /** Seconds of its longest packet so far. */
  private double longest;

  /**
   * Opens it and finds its streams.
   *
   * @param content [size], stays the caller's
   * @param demuxer the container, as the library calls it
   */
  Media(BytePointer content, long size, String demuxer) throws Fault {
    this.content = content;
    this.size = size;
    this.demuxer = demuxer;
    BytePointer buffer = new BytePointer(avutil.av_malloc(BUFFER));
    io = avformat.avio_alloc_context(buffer, BUFFER, 0, null, read, null, seek);
    format = avformat.avformat_alloc_context();
    format.pb(io);
    format.flags(
        format.flags()
            | AVFormatContext.AVFMT_FLAG_CUSTOM_IO
            | AVFormatContext.AVFMT_FLAG_BITEXACT);
    try {
      refuseCutRiff();
      open();
    } catch (Fault e) {
      close();
      throw e;
    }
  }

  /** RIFF says how long it is, which the library passes over. */
  private void refuseCutRiff() throws Fault {
    ByteBuffer head = bytes().order(ByteOrder.LITTLE_ENDIAN);
    if (demuxer.equals("avi") && size >= RIFF) {
      int told = head.getInt(4);
      if (told > size - RIFF) {
        throw Fault.corrupt("it is cut short: " + (size - RIFF) + " bytes of " + told);
      }
    }
  }

  private void open() throws Fault {
    AVInputFormat input = avformat.av_find_input_format(demuxer);
    if (input == null || input.isNull()) {
      throw Fault.corrupt("the library has no demuxer " + demuxer);
    }
    AVDictionary options = new AVDictionary(null);
    // No other container within, and no file or address that a container names.
    avutil.av_dict_set(options, "format_whitelist", demuxer, 0);
    avutil.av_dict_set(options, "protocol_whitelist", "none", 0);
    int opened = avformat.avformat_open_input(format, (String) null, input, options);
    avutil.av_dict_free(options);
    Fault.check(opened, "its container can't be read");
    open = true;
    Fault.check(
        avformat.avformat_find_stream_info(format, (AVDictionary) null),
        "its streams can't be read");
  }

  AVFormatContext format() {
    return format;
  }

  /** The payload. */
  ByteBuffer bytes() {
    return content.asByteBuffer().slice(0, Math.toIntExact(size));
  }

  /**
   * The stream of a kind that a player would play, or null where there is none. A picture on the
   * cover is no video.
   */
  @Nullable AVStream best(int kind) {
    int index = avformat.av_find_best_stream(format, kind, -1, -1, (AVCodec) null, 0);
    if (index < 0) {
      return null;
    }
    AVStream stream = format.streams(index);
    boolean cover = (stream.disposition() & avformat.AV_DISPOSITION_ATTACHED_PIC) != 0;
    return cover ? null : stream;
  }

  /** The next packet of any stream, valid until the next call; null at the end. */
  @Nullable AVPacket next() throws Fault {
    avcodec.av_packet_unref(packet);
    int answer = avformat.av_read_frame(format, packet);
    if (answer == avutil.AVERROR_EOF()) {
      refuseCutShort();
      return null;
    }
    Fault.check(answer, "it is cut short or damaged");
    if ((packet.flags() & avcodec.AV_PKT_FLAG_CORRUPT) != 0) {
      throw Fault.corrupt("it is cut short or damaged");
    }
    AVStream stream = format.streams(packet.stream_index());
    long time = packet.pts() == avutil.AV_NOPTS_VALUE ? packet.dts() : packet.pts();
    if (time != avutil.AV_NOPTS_VALUE) {
      double tick = avutil.av_q2d(stream.time_base());
      begin = Math.min(begin, time * tick);
      end = Math.max(end, (time + packet.duration()) * tick);
      longest = Math.max(longest, packet.duration() * tick);
    }
    return packet;
  }

  /** What a container says of its length, other than by guess, is met by one of its streams. */
  private void refuseCutShort() throws Fault {
    long told = format.duration();
    boolean guessed =
        format.duration_estimation_method() == avformat.AVFMT_DURATION_FROM_BITRATE
            || GUESSES.contains(demuxer);
    if (told <= 0 || told == avutil.AV_NOPTS_VALUE || guessed || end < begin) {
      return;
    }
    double duration = told / (double) avutil.AV_TIME_BASE;
    double there = end - Math.min(begin, Math.max(0, start()));
    if (there < duration * (1 - SLACK) - Math.max(SLACK_SECONDS, SLACK_PACKETS * longest)) {
      throw Fault.corrupt(
          String.format(Locale.ROOT, "it is cut short: %.2f s of %.2f s", there, duration));
    }
  }

  private double start() {
    long start = format.start_time();
    return start == avutil.AV_NOPTS_VALUE ? 0 : start / (double) avutil.AV_TIME_BASE;
  }

  private int read(BytePointer to, int length) {
    long count = Math.min(length, size - at);
    if (count <= 0) {
      return avutil.AVERROR_EOF();
    }
    Pointer.memcpy(to, content.getPointer(at), count);
    at += count;
    return (int) count;
  }

  private long seek(long offset, int whence) {
    if ((whence & avformat.AVSEEK_SIZE) != 0) {
      return size;
    }
    long to =
        switch (whence & ~avformat.AVSEEK_FORCE) {
          case SEEK_SET -> offset;
          case SEEK_CUR -> at + offset;
          case SEEK_END -> size + offset;
          default -> -1;
        };
    if (to < 0) {
      return -1;
    }
    at = to;
    return to;
  }

  @Override
  public void close() {
    avcodec.av_packet_free(packet);
    if (open) {
      avformat.avformat_close_input(format);
    } else {
      avformat.avformat_free_context(format);
    }
    avutil.av_free(io.buffer());
    avformat.avio_context_free(io);
    read.close();
    seek.close();
  }
}
