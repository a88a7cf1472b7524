package tributary.codec.child;

import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.jspecify.annotations.Nullable;

/** All frames of one stream, in their order. */
final class Frames implements AutoCloseable {
  private final Media media;
  private final int index;
  private final StreamDecoder decoder;
  private boolean drained;

  Frames(Media media, AVStream stream) throws Fault {
    this.media = media;
    this.index = stream.index();
    this.decoder = new StreamDecoder(stream.codecpar(), stream.time_base());
  }

  /** The next frame, valid until the next call; null at the end. */
  @Nullable AVFrame next() throws Fault {
    while (true) {
      AVFrame frame = decoder.receive();
      if (frame != null || drained) {
        return frame;
      }
      AVPacket packet = media.next();
      while (packet != null && packet.stream_index() != index) {
        packet = media.next();
      }
      decoder.send(packet);
      drained = packet == null;
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
