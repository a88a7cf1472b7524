package tributary.codec;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tributary.read.Rejected;
import tributary.read.Signal;

/** Samples that a process decodes. */
final class SoundStream implements Signal.PcmStream {
  private final OpenPayload open;
  private final int channels;
  private final Reasons reasons;
  private byte[] bytes = {};
  private ByteBuffer samples = ByteBuffer.wrap(bytes); // [frames, channels]
  private long before;

  SoundStream(OpenPayload open, int channels, Reasons reasons) {
    this.open = open;
    this.channels = channels;
    this.reasons = reasons;
    long described = open.read(DataInputStream::readLong); // Rate and channels, as at first.
    if ((int) described != channels) {
      throw reasons.corrupt("its channels change");
    }
  }

  @Override
  public int read(float[] interleaved, int frames) {
    while (!samples.hasRemaining()) {
      if (open.next() == Wire.END) {
        return -1;
      }
      samples = open.read(this::chunk);
    }
    int count = Math.min(frames, samples.remaining() / (channels * Float.BYTES));
    for (int i = 0; i < count * channels; i++, before++) {
      float sample = samples.getFloat();
      if (!Float.isFinite(sample)) {
        throw new Rejected(
            Rejected.Reason.NOT_FINITE,
            "Cannot read %s: sample %d is %s"
                .formatted(reasons.container().name(), before / channels, sample));
      }
      interleaved[i] = sample;
    }
    return count;
  }

  private ByteBuffer chunk(DataInputStream in) throws IOException {
    int length = Math.multiplyExact(in.readInt(), channels * Float.BYTES);
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    in.readFully(bytes, 0, length);
    return ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    open.close();
  }
}
