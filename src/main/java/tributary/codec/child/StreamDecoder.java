package tributary.codec.child;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.jspecify.annotations.Nullable;
import tributary.codec.Wire;

/**
 * The decoder of one stream. One thread, and the library's exact variants where it has several: the
 * same packets give the same bits.
 */
final class StreamDecoder implements AutoCloseable {
  /** Pixels that a picture or a frame may claim, as for the pictures that are decoded here. */
  static final long MOST_PIXELS = 100_000_000;

  private final AVCodecContext context;
  private final AVFrame frame;
  private final String name;

  /**
   * @param parameters of the stream
   */
  StreamDecoder(AVCodecParameters parameters, AVRational timeBase) throws Fault {
    AVCodec codec = avcodec.avcodec_find_decoder(parameters.codec_id());
    name = name(parameters);
    if ((long) parameters.width() * parameters.height() > MOST_PIXELS) {
      throw new Fault(
          Wire.TOO_LARGE,
          "it claims %d x %d pixels, the limit is %d"
              .formatted(parameters.width(), parameters.height(), MOST_PIXELS));
    }
    if (codec == null || codec.isNull()) {
      throw Fault.corrupt("its codec " + name + " is not one that is read");
    }
    context = avcodec.avcodec_alloc_context3(codec);
    frame = avutil.av_frame_alloc();
    try {
      Fault.check(avcodec.avcodec_parameters_to_context(context, parameters), "its codec " + name);
      context.pkt_timebase(timeBase);
      open(codec);
    } catch (Fault e) {
      close();
      throw e;
    }
  }

  /** Of a payload that is one packet without a container. */
  StreamDecoder(String codecName) throws Fault {
    name = codecName;
    AVCodec codec = avcodec.avcodec_find_decoder_by_name(codecName);
    if (codec == null || codec.isNull()) {
      throw Fault.corrupt("its codec " + name + " is not one that is read");
    }
    context = avcodec.avcodec_alloc_context3(codec);
    frame = avutil.av_frame_alloc();
    try {
      open(codec);
    } catch (Fault e) {
      close();
      throw e;
    }
  }

  /** As the library calls it, or as the container does: encv and enca are encrypted. */
  private static String name(AVCodecParameters parameters) {
    if (parameters.codec_id() != avcodec.AV_CODEC_ID_NONE) {
      return avcodec.avcodec_get_name(parameters.codec_id()).getString();
    }
    int tag = parameters.codec_tag();
    StringBuilder letters = new StringBuilder();
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      int letter = tag >> shift & 0xFF;
      letters.append(letter >= ' ' && letter <= '~' ? (char) letter : '?');
    }
    boolean encrypted = letters.toString().equals("encv") || letters.toString().equals("enca");
    return letters + (encrypted ? " (encrypted)" : "");
  }

  private void open(AVCodec codec) throws Fault {
    context.thread_count(1);
    context.max_pixels(MOST_PIXELS);
    // Of pictures alone: of JPEG 2000 and some sounds this is another, coarser decoder.
    if (codec.type() == avutil.AVMEDIA_TYPE_VIDEO && codec.id() != avcodec.AV_CODEC_ID_JPEG2000) {
      context.flags(context.flags() | avcodec.AV_CODEC_FLAG_BITEXACT);
    }
    Fault.check(avcodec.avcodec_open2(context, codec, (AVDictionary) null), "its codec " + name);
  }

  /** Gives it a packet; null for the end. */
  void send(@Nullable AVPacket packet) throws Fault {
    Fault.check(avcodec.avcodec_send_packet(context, packet), "its " + name + " stream is damaged");
  }

  /** A frame that is ready, valid until the next call; null where it needs a packet. */
  @Nullable AVFrame receive() throws Fault {
    int answer = avcodec.avcodec_receive_frame(context, frame);
    if (answer == avutil.AVERROR_EAGAIN() || answer == avutil.AVERROR_EOF()) {
      return null;
    }
    Fault.check(answer, "its " + name + " stream is damaged");
    if (frame.decode_error_flags() != 0 || (frame.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0) {
      throw Fault.corrupt("a frame of its " + name + " stream is damaged");
    }
    return frame;
  }

  @Override
  public void close() {
    avutil.av_frame_free(frame);
    avcodec.avcodec_free_context(context);
  }
}
