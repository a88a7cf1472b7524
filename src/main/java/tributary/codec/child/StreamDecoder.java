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
    name = avcodec.avcodec_get_name(parameters.codec_id()).getString();
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

  private void open(AVCodec codec) throws Fault {
    context.thread_count(1);
    context.max_pixels(MOST_PIXELS);
    context.flags(context.flags() | avcodec.AV_CODEC_FLAG_BITEXACT);
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
