package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import tributary.read.ImageReader;
import tributary.read.Signal;

/** Frames that a process decodes. */
final class VideoStream implements Signal.FrameStream {
  private final OpenPayload open;
  private final byte orientation;
  private Signal.@Nullable Image last;

  VideoStream(OpenPayload open) {
    this.open = open;
    this.orientation = open.read(DataInputStream::readByte);
  }

  @Override
  public Signal.@Nullable Image next() {
    byte answer = open.next();
    if (answer == Wire.END) {
      return null;
    }
    if (answer == Wire.FRAME) {
      last = open.read(this::frame);
    }
    return last;
  }

  private Signal.Image frame(DataInputStream in) throws IOException {
    int width = in.readInt();
    int height = in.readInt();
    byte depth = in.readByte();
    int every = ImageReader.every(width, height);
    return ImageReader.seen(
        Pixels.read(in, width, height, depth, every), orientation, new byte[0], Pixels.RGB);
  }

  @Override
  public void close() {
    open.close();
  }
}
