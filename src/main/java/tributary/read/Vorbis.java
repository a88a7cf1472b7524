package tributary.read;

import com.jcraft.jogg.Packet;
import com.jcraft.jogg.Page;
import com.jcraft.jogg.StreamState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ogg Vorbis, packet by packet: pages by JOrbis, packets by {@link VorbisDecoder}. Streams may
 * follow each other (chained); other streams between the pages (multiplexed) are stepped over.
 */
final class Vorbis implements Signal.PcmSource {
  /**
   * One of the chained streams: its serial number, the granule position of its last page, and
   * whether that page is marked as the last (recordings that were stopped hard aren't).
   */
  private record Link(int serial, long end, boolean ended) {}

  private static final int MAGIC = 7;
  private static final int HEAD = 30;

  private final byte[] file;
  private final int channels;
  private final List<Link> links;

  private Vorbis(byte[] file, int channels, List<Link> links) {
    this.file = file;
    this.channels = channels;
    this.links = links;
  }

  /** Walks all pages once: their checksums, and where each stream ends. */
  static Signal.Audio audio(byte[] file) {
    OggPages pages = new OggPages(file, true);
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
    return new Signal.Audio(rate, channels, new Vorbis(file, channels, links));
  }

  /** Version 0 and the last bit. */
  private static boolean isKnown(byte[] head, int at, int length) {
    return length >= HEAD && little(head, at + MAGIC) == 0 && (head[at + HEAD - 1] & 1) == 1;
  }

  private static boolean isVorbisHead(Page page) {
    byte[] magic = {1, 'v', 'o', 'r', 'b', 'i', 's'};
    return page.bos() != 0
        && page.body_len >= HEAD
        && Arrays.equals(
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
    private final OggPages pages = new OggPages(file, false);
    private final Packet packet = new Packet();
    private StreamState packets = new StreamState();
    private @Nullable VorbisDecoder decoder;

    /** The first header's byte of block sizes. */
    private int blocks;

    private int link = -1;
    private int headers;
    private long decoded; // frames of this link that left the decoder
    private long end; // frames of this link that are sound
    private boolean placed; // the link's first granule position with sound was seen
    private long granule; // position after the last packet as far as it is known, else -1
    private float[][] pending = {}; // [channels, pendingTo]
    private int pendingFrom;
    private int pendingTo;

    @Override
    public int read(float[] interleaved, int frames) {
      while (pendingFrom == pendingTo) {
        if (!decodePacket()) {
          return -1;
        }
      }
      int count = Math.min(frames, pendingTo - pendingFrom);
      for (int channel = 0; channel < channels; channel++) {
        float[] from = pending[channel];
        for (int i = 0, to = channel; i < count; i++, to += channels) {
          interleaved[to] = from[pendingFrom + i];
        }
      }
      pendingFrom += count;
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
        sound(Objects.requireNonNull(decoder));
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
      headers = 0;
      decoded = 0;
      end = links.get(link).end();
      placed = false;
      granule = -1;
    }

    /** Identification, comments (whatever they say) and setup, in this order. */
    private void header() {
      byte[] bytes = packet.packet_base;
      int at = packet.packet;
      if (!isHeader(2 * headers + 1) || headers == 0 && !isKnown(bytes, at, packet.bytes)) {
        throw SoundFiles.corrupt("Cannot read OGG: header " + headers + " of stream " + link);
      }
      if (headers == 0) {
        blocks = bytes[at + 28] & 0xFF;
      } else if (headers == 2) {
        decoder = new VorbisDecoder(VorbisSetup.of(channels, blocks, bytes, at, packet.bytes));
        pending = new float[channels][0];
      }
      headers++;
    }

    private boolean isHeader(int type) {
      byte[] magic = {(byte) type, 'v', 'o', 'r', 'b', 'i', 's'};
      return packet.bytes >= MAGIC
          && Arrays.equals(
              packet.packet_base, packet.packet, packet.packet + MAGIC, magic, 0, MAGIC);
    }

    private void sound(VorbisDecoder decoder) {
      int frames = decoder.decode(packet.packet_base, packet.packet, packet.bytes);
      if (frames < 0) {
        throw SoundFiles.corrupt(
            "Cannot read OGG: packet " + packet.packetno + " of stream " + link + " is no sound");
      }
      frames = Math.max(0, frames - padding(frames));
      pending = decoder.pcm;
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
    }

    /** Frames of the last packet beyond the position that its page says. */
    private int padding(int frames) {
      long said = packet.granulepos;
      if (granule < 0) {
        granule = said;
        return 0;
      }
      granule += frames;
      long beyond = granule - said;
      if (said >= 0) {
        granule = said;
      }
      return said >= 0 && beyond > 0 && packet.e_o_s != 0 ? (int) Math.min(frames, beyond) : 0;
    }

    @Override
    public void close() {}
  }
}
