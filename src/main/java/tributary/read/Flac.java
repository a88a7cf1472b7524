package tributary.read;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jflac.ChannelData;
import org.jflac.FLACDecoder;
import org.jflac.frame.Frame;
import org.jflac.metadata.StreamInfo;
import org.jspecify.annotations.Nullable;

/**
 * FLAC by jFLAC, frame by frame. Of the metadata it is given the stream information alone: it
 * allocates whatever sizes the other blocks claim.
 */
final class Flac implements Signal.PcmSource {
  private static final int MAGIC = 4;
  private static final int BLOCK_HEADER = 4;
  private static final int INFORMATION = 34;
  private static final int LAST = 0x80;

  /** The decoder's; of more there is but what FLAC 1.4 writes of 32. */
  private static final int MOST_BITS = 24;

  private final byte[] file;

  /** Where the frames begin. */
  private final int frames;

  /** Where tags behind the frames begin, or the file ends. */
  private final int end;

  private Flac(byte[] file) {
    this.file = file;
    this.frames = skipMetadata(file);
    this.end = isTotalKnown(file) ? file.length : Math.max(frames, Tags.end(file));
  }

  static Signal.Audio audio(byte[] file) throws IOException {
    Flac flac = new Flac(file);
    StreamInfo info = new Stream(flac.whatCounts()).info;
    return new Signal.Audio(info.getSampleRate(), info.getChannels(), flac);
  }

  @Override
  public Signal.PcmStream open() throws IOException {
    return new Stream(whatCounts());
  }

  /** The stream information as the only and last block, then the frames. */
  private InputStream whatCounts() {
    byte[] head = Arrays.copyOf(file, MAGIC + BLOCK_HEADER + INFORMATION);
    head[MAGIC] = (byte) LAST;
    return new SequenceInputStream(
        new ByteArrayInputStream(head), new ByteArrayInputStream(file, frames, end - frames));
  }

  /** 36 bits in the stream information; a decoder that knows it stops there by itself. */
  private static boolean isTotalKnown(byte[] file) {
    int at = MAGIC + BLOCK_HEADER + 13;
    return (file[at] & 0xF) != 0 || ByteBuffer.wrap(file).getInt(at + 1) != 0;
  }

  private static int skipMetadata(byte[] file) {
    int at = MAGIC;
    for (boolean last = false; !last; ) {
      long next = at + (long) BLOCK_HEADER;
      int header = next > file.length ? 0 : ByteBuffer.wrap(file).getInt(at);
      int type = header >>> 24 & 0x7F;
      int length = header & 0xFFFFFF;
      next += length;
      if (next > file.length) {
        throw SoundFiles.corrupt(
            String.format(
                "Cannot read FLAC: the metadata at byte %d ends at %d, the file has %d",
                at, next, file.length));
      }
      if (at == MAGIC && (type != 0 || length != INFORMATION)) {
        throw SoundFiles.corrupt(
            "Cannot read FLAC: it begins with metadata of type "
                + type
                + " in "
                + length
                + " bytes");
      }
      last = header < 0;
      at = (int) next;
    }
    return at;
  }

  private static final class Stream implements Signal.PcmStream {
    private final FLACDecoder decoder;
    private final StreamInfo info;
    private final float scale;
    private ChannelData[] pending = {}; // [channels]
    private int pendingFrom;
    private int pendingTo;
    private long decoded;

    Stream(InputStream file) throws IOException {
      decoder = new FLACDecoder(file);
      var unused = decoder.readMetadata();
      @Nullable StreamInfo found = decoder.getStreamInfo();
      if (found == null
          || found.getSampleRate() < 1
          || found.getChannels() < 1
          || found.getBitsPerSample() < 4
          || found.getBitsPerSample() > 32) {
        throw SoundFiles.corrupt("Cannot read FLAC: its stream information is " + found);
      }
      if (found.getBitsPerSample() > MOST_BITS) {
        throw Codecs.unread("FLAC", "samples of " + found.getBitsPerSample() + " bits");
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
      long claimed = info.getTotalSamples(); // 0: unknown
      // jFLAC must not be asked for more: it no longer looks for a frame then, and may never end.
      @Nullable Frame frame = claimed > 0 && decoded >= claimed ? null : decoder.readNextFrame();
      if (decoder.getBadFrames() > 0) {
        throw SoundFiles.corrupt("Cannot read FLAC: a bad frame after sample " + decoded);
      }
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
