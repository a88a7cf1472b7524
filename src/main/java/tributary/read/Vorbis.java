package tributary.read;

import com.jcraft.jogg.Packet;
import com.jcraft.jogg.Page;
import com.jcraft.jogg.StreamState;
import com.jcraft.jorbis.Block;
import com.jcraft.jorbis.Comment;
import com.jcraft.jorbis.DspState;
import com.jcraft.jorbis.Info;
import java.util.ArrayList;
import java.util.List;

/**
 * Ogg Vorbis by JOrbis, packet by packet. Streams may follow each other (chained); other streams
 * between the pages (multiplexed) are stepped over.
 */
final class Vorbis implements Signal.PcmSource {
  /**
   * One of the chained streams: its serial number, the granule position of its last page, and
   * whether that page is marked as the last (recordings that were stopped hard aren't).
   */
  private record Link(int serial, long end, boolean ended) {}

  private static final int MAGIC = 7;

  /** The second header: no vendor, no comments, the framing bit. */
  private static final byte[] NO_COMMENTS = {
    3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1
  };

  private final byte[] file;
  private final List<Link> links;

  private Vorbis(byte[] file, List<Link> links) {
    this.file = file;
    this.links = links;
  }

  /** Walks all pages once: their checksums, and where each stream ends. */
  static Signal.Audio audio(byte[] file) {
    OggPages pages = new OggPages(file);
    List<Link> links = new ArrayList<>();
    int rate = 0;
    int channels = 0;
    while (pages.hasNext()) {
      Page page = pages.next();
      int last = links.size() - 1;
      if (isVorbisHead(page)) {
        int thisChannels = file[page.body + 11] & 0xFF;
        int thisRate = little(file, page.body + 12);
        if (thisRate < 1 || thisChannels < 1) {
          throw SoundFiles.corrupt(
              "Cannot read OGG: " + thisChannels + " channels at rate " + thisRate);
        }
        if (last >= 0 && (rate != thisRate || channels != thisChannels)) {
          throw SoundFiles.corrupt(
              String.format(
                  "Cannot read OGG: chained streams of %d channels at rate %d, then %d at %d",
                  channels, rate, thisChannels, thisRate));
        }
        rate = thisRate;
        channels = thisChannels;
        links.add(new Link(page.serialno(), 0, false));
      } else if (last >= 0
          && page.serialno() == links.get(last).serial()
          && page.granulepos() >= 0) {
        links.set(last, new Link(page.serialno(), page.granulepos(), page.eos() != 0));
      }
    }
    if (links.isEmpty()) {
      throw new Rejected(
          Rejected.Reason.UNKNOWN_FORMAT, "Cannot read OGG: no stream in it is Vorbis");
    }
    for (Link link : links) {
      if (link.end() == 0 && !link.ended()) {
        throw SoundFiles.corrupt(
            "Cannot read OGG: stream " + link.serial() + " has no sound pages");
      }
    }
    return new Signal.Audio(rate, channels, new Vorbis(file, links));
  }

  private static boolean isVorbisHead(Page page) {
    byte[] magic = {1, 'v', 'o', 'r', 'b', 'i', 's'};
    return page.bos() != 0
        && page.body_len >= 30
        && java.util.Arrays.equals(
            page.body_base, page.body, page.body + magic.length, magic, 0, magic.length);
  }

  private static int little(byte[] bytes, int at) {
    return (bytes[at] & 0xFF)
        | (bytes[at + 1] & 0xFF) << 8
        | (bytes[at + 2] & 0xFF) << 16
        | bytes[at + 3] << 24;
  }

  @Override
  public Signal.PcmStream open() {
    return new Stream();
  }

  private final class Stream implements Signal.PcmStream {
    private final OggPages pages = new OggPages(file);
    private final Packet packet = new Packet();
    private StreamState packets = new StreamState();
    private Info info = new Info();
    private Comment comment = new Comment();
    private DspState dsp = new DspState();
    private Block block = new Block(dsp);
    private int link = -1;
    private int headers;
    private long decoded; // frames of this link that left the decoder
    private long end; // frames of this link that are sound
    private boolean placed; // the link's first granule position with sound was seen
    private float[][] pending = {}; // [channels, pendingTo]
    private int pendingFrom;
    private int pendingTo;

    /** Where in each channel's array its frames begin. */
    private int[] offsets = {};

    @Override
    public int read(float[] interleaved, int frames) {
      while (pendingFrom == pendingTo) {
        if (!decodePacket()) {
          return -1;
        }
      }
      int count = Math.min(frames, pendingTo - pendingFrom);
      int channels = pending.length;
      for (int channel = 0; channel < channels; channel++) {
        int from = offsets[channel] + pendingFrom;
        for (int i = 0; i < count; i++) {
          interleaved[i * channels + channel] = pending[channel][from + i];
        }
      }
      pendingFrom += count;
      if (pendingFrom == pendingTo) {
        var unused = dsp.synthesis_read(pendingTo);
      }
      return count;
    }

    /** Decodes one packet into pending, from the next page if need be; false at the file's end. */
    private boolean decodePacket() {
      int got = link < 0 ? 0 : packets.packetout(packet);
      while (got == 0) {
        if (!pages.hasNext()) {
          return false;
        }
        Page page = pages.next();
        if (link + 1 < links.size()
            && isVorbisHead(page)
            && page.serialno() == links.get(link + 1).serial()) {
          begin(page);
        } else if (link < 0 || page.serialno() != links.get(link).serial()) {
          continue; // another stream's page
        }
        if (packets.pagein(page) != 0) {
          throw SoundFiles.corrupt("Cannot read OGG: a page of stream " + link + " does not fit");
        }
        got = packets.packetout(packet);
      }
      if (got < 0) {
        throw SoundFiles.corrupt("Cannot read OGG: pages of stream " + link + " are missing");
      }
      if (headers < 3) {
        header();
      } else {
        sound();
      }
      return true;
    }

    private void begin(Page page) {
      if (link >= 0 && headers < 3) {
        throw SoundFiles.corrupt("Cannot read OGG: stream " + link + " has no three headers");
      }
      link++;
      packets = new StreamState();
      packets.init(page.serialno());
      info = new Info();
      info.init();
      comment = new Comment();
      comment.init();
      headers = 0;
      decoded = 0;
      end = links.get(link).end();
      placed = false;
    }

    private void header() {
      if (headers == 1 && packet.bytes >= NO_COMMENTS.length && isHeader(NO_COMMENTS)) {
        packet.packet_base = NO_COMMENTS; // JOrbis allocates whatever sizes comments claim
        packet.packet = 0;
        packet.bytes = NO_COMMENTS.length;
      } else if (headers == 2) {
        VorbisSetup.check(packet.packet_base, packet.packet, packet.bytes);
      }
      if (info.synthesis_headerin(comment, packet) < 0) {
        throw SoundFiles.corrupt("Cannot read OGG: header " + headers + " of stream " + link);
      }
      headers++;
      if (headers == 3) {
        dsp = new DspState();
        dsp.synthesis_init(info);
        block = new Block(dsp);
      }
    }

    private boolean isHeader(byte[] magic) {
      return java.util.Arrays.equals(
          packet.packet_base, packet.packet, packet.packet + MAGIC, magic, 0, MAGIC);
    }

    private void sound() {
      if (block.synthesis(packet) != 0) {
        throw SoundFiles.corrupt(
            "Cannot read OGG: packet " + packet.packetno + " of stream " + link + " is no sound");
      }
      dsp.synthesis_blockin(block);
      float[][][] pcm = new float[1][][];
      offsets = new int[info.channels];
      int frames = dsp.synthesis_pcmout(pcm, offsets);
      pending = frames > 0 ? pcm[0] : new float[info.channels][];
      // A stream cut out of a longer one starts at a granule position above what was decoded.
      if (!placed && packet.granulepos >= 0) {
        placed = true;
        long before = packet.granulepos - decoded - frames;
        if (before > 0 && packet.e_o_s == 0 && packet.granulepos < end) {
          end -= before;
        }
      }
      pendingFrom = 0;
      pendingTo = (int) Math.max(0, Math.min(frames, end - decoded));
      decoded += frames;
      if (pendingTo < frames) {
        var unused = dsp.synthesis_read(frames - pendingTo);
      }
    }

    @Override
    public void close() {}
  }
}
