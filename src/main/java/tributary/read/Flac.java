package tributary.read;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.jflac.ChannelData;
import org.jflac.FLACDecoder;
import org.jflac.frame.Frame;
import org.jflac.metadata.StreamInfo;
import org.jspecify.annotations.Nullable;

/** FLAC by jFLAC, frame by frame. */
final class Flac implements Signal.PcmSource {
  private final byte[] file;

  private Flac(byte[] file) {
    this.file = file;
  }

  static Signal.Audio audio(byte[] file) throws IOException {
    StreamInfo info = new Stream(file).info;
    return new Signal.Audio(info.getSampleRate(), info.getChannels(), new Flac(file));
  }

  @Override
  public Signal.PcmStream open() throws IOException {
    return new Stream(file);
  }

  private static final class Stream implements Signal.PcmStream {
    private final FLACDecoder decoder;
    private final StreamInfo info;
    private final float scale;
    private ChannelData[] pending = {}; // [channels]
    private int pendingFrom;
    private int pendingTo;
    private long decoded;

    Stream(byte[] file) throws IOException {
      decoder = new FLACDecoder(new ByteArrayInputStream(file));
      var unused = decoder.readMetadata();
      @Nullable StreamInfo found = decoder.getStreamInfo();
      if (found == null
          || found.getSampleRate() < 1
          || found.getChannels() < 1
          || found.getBitsPerSample() < 4
          || found.getBitsPerSample() > 32) {
        throw SoundFiles.corrupt("Cannot read FLAC: its stream information is " + found);
      }
      info = found;
      scale = (float) (1.0 / (1L << (info.getBitsPerSample() - 1)));
    }

    @Override
    public int read(float[] interleaved, int frames) throws IOException {
      while (pendingFrom == pendingTo) {
        if (!decodeFrame()) {
          return -1;
        }
      }
      int count = Math.min(frames, pendingTo - pendingFrom);
      int channels = info.getChannels();
      for (int channel = 0; channel < channels; channel++) {
        int[] output = pending[channel].getOutput();
        for (int i = 0; i < count; i++) {
          interleaved[i * channels + channel] = output[pendingFrom + i] * scale;
        }
      }
      pendingFrom += count;
      return count;
    }

    private boolean decodeFrame() throws IOException {
      @Nullable Frame frame = decoder.readNextFrame();
      if (decoder.getBadFrames() > 0) {
        throw SoundFiles.corrupt("Cannot read FLAC: a bad frame after sample " + decoded);
      }
      long claimed = info.getTotalSamples(); // 0: unknown
      if (frame == null) {
        if (claimed > 0 && decoded != claimed) {
          throw SoundFiles.corrupt(
              "Cannot read FLAC: the header says " + claimed + " samples, there are " + decoded);
        }
        return false;
      }
      if (frame.header.channels != info.getChannels()
          || frame.header.bitsPerSample != info.getBitsPerSample()) {
        throw SoundFiles.corrupt(
            String.format(
                "Cannot read FLAC: %d channels of %d bits, then %d of %d",
                info.getChannels(),
                info.getBitsPerSample(),
                frame.header.channels,
                frame.header.bitsPerSample));
      }
      pending = decoder.getChannelData();
      pendingFrom = 0;
      pendingTo = frame.header.blockSize;
      decoded += pendingTo;
      return true;
    }

    @Override
    public void close() {}
  }
}
