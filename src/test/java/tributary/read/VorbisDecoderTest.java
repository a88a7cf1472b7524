package tributary.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.jcraft.jogg.Packet;
import com.jcraft.jorbis.Block;
import com.jcraft.jorbis.Comment;
import com.jcraft.jorbis.DspState;
import com.jcraft.jorbis.Info;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.tensor.Tolerance;

/** Packets to samples, compared with JOrbis. */
class VorbisDecoderTest {
  private static final int SOUNDS = 60;
  private static final int ROUNDINGS = 60;

  @ParameterizedTest
  @ValueSource(strings = {"tone.ogg", "short.ogg", "left.ogg"})
  void filesGiveTheSamplesOfJorbis(String name) {
    List<byte[]> packets = packets(Sounds.resource(name));
    compare(name, packets, packets.get(0)[11]);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 4", "1, 1", "1, 2", "1, 4", "2, 1", "2, 2", "2, 4"})
  void everyResidueAndCodebookGivesTheSamplesOfJorbis(int residueType, int channels) {
    for (long seed = 1; seed <= 12; seed++) {
      VorbisStreams stream = new VorbisStreams(seed, residueType, channels, SOUNDS);
      compare("seed " + seed, stream.packets, channels);
    }
  }

  private static void compare(String what, List<byte[]> packets, int channels) {
    float[] expected = jorbis(packets);
    float[] actual = ours(packets, channels);
    double most = 0;
    for (float sample : expected) {
      most = Math.max(most, Math.abs(sample));
    }
    assertThat(most).as(what).isGreaterThan(0);
    Tolerance.roundings(ROUNDINGS, most).check(what, actual, expected);
  }

  private static float[] ours(List<byte[]> packets, int channels) {
    byte[] last = packets.get(2);
    VorbisDecoder decoder =
        new VorbisDecoder(
            VorbisSetup.of(channels, packets.get(0)[28] & 0xFF, last, 0, last.length));
    float[] samples = {};
    for (byte[] packet : packets.subList(3, packets.size())) {
      int frames = decoder.decode(packet, 0, packet.length);
      samples = joined(samples, decoder.pcm, new int[channels], frames);
    }
    return samples;
  }

  private static float[] jorbis(List<byte[]> packets) {
    Info info = new Info();
    info.init();
    Comment comment = new Comment();
    comment.init();
    DspState dsp = new DspState();
    Block block = new Block(dsp);
    float[] samples = {};
    for (int i = 0; i < packets.size(); i++) {
      Packet packet = new Packet();
      packet.packet_base = packets.get(i);
      packet.bytes = packets.get(i).length;
      packet.b_o_s = i == 0 ? 1 : 0;
      packet.granulepos = -1;
      packet.packetno = i;
      if (i < 3) {
        assertThat(info.synthesis_headerin(comment, packet)).isZero();
        continue;
      }
      if (i == 3) {
        dsp.synthesis_init(info);
        block = new Block(dsp);
      }
      assertThat(block.synthesis(packet)).isZero();
      dsp.synthesis_blockin(block);
      float[][][] pcm = new float[1][][];
      int[] offsets = new int[info.channels];
      int frames = dsp.synthesis_pcmout(pcm, offsets);
      samples = joined(samples, pcm[0], offsets, frames);
      dsp.synthesis_read(frames);
    }
    return samples;
  }

  /** One channel after the other for each packet. */
  private static float[] joined(float[] before, float[][] pcm, int[] offsets, int frames) {
    float[] all = Arrays.copyOf(before, before.length + frames * offsets.length);
    for (int channel = 0; channel < offsets.length && frames > 0; channel++) {
      int to = before.length + channel * frames;
      System.arraycopy(pcm[channel], offsets[channel], all, to, frames);
    }
    return all;
  }

  private static List<byte[]> packets(byte[] file) {
    OggPages pages = new OggPages(file, true);
    OggPackets stream = new OggPackets(pages.next());
    List<byte[]> packets = new ArrayList<>();
    while (true) {
      if (stream.next() == OggPackets.Found.PACKET) {
        int from = stream.from;
        packets.add(Arrays.copyOfRange(stream.data, from, from + stream.length));
      } else if (pages.hasNext()) {
        stream.page(pages.next());
      } else {
        return packets;
      }
    }
  }
}
