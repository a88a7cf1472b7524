package tributary.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ogg Vorbis, packet by packet: {@link OggPages}, {@link OggPackets}, {@link VorbisDecoder}.
 * Streams may follow each other (chained); other streams between the pages (multiplexed) are
 * stepped over, of several of Vorbis that begin together all but the first.
 */
final class Vorbis implements Signal.PcmSource {
  /**
   * One of the chained streams.
   *
   * @param at where its first page begins
   * @param end the granule position of its last page
   * @param ended whether that page is marked as the last (recordings that were stopped hard aren't)
   */
  private record Link(int at, int serial, long end, boolean ended) {}

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
    boolean begun = false; // by a stream of Vorbis among first pages that follow each other
    while (pages.hasNext()) {
      OggPage page = pages.next();
      int last = links.size() - 1;
      if (!page.isFirst()) {
        begun = false;
        if (last >= 0 && page.serial() == links.get(last).serial() && page.granule() >= 0) {
          Link link = links.get(last);
          links.set(last, new Link(link.at(), link.serial(), page.granule(), page.isLast()));
        }
      } else if (!begun && isVorbisHead(page)) {
        begun = true;
        int thisChannels = file[page.body() + 11] & 0xFF;
        int thisRate = page.in().getInt(page.body() + 12);
        check(last < 0, channels, rate, thisChannels, thisRate);
        rate = thisRate;
        channels = thisChannels;
        links.add(new Link(page.at(), page.serial(), 0, false));
      }
    }
    if (links.isEmpty()) {
      throw Codecs.unread("OGG", Codecs.ogg(file));
    }
    for (Link link : links) {
      if (link.end() == 0 && !link.ended()) {
        throw SoundFiles.corrupt(
            "Cannot read OGG: stream " + link.serial() + " has no sound pages");
      }
    }
    return new Signal.Audio(rate, channels, new Vorbis(file, channels, links));
  }

  private static void check(boolean first, int channels, int rate, int thisChannels, int thisRate) {
    if (thisRate < 1 || thisChannels < 1) {
      throw SoundFiles.corrupt(
          "Cannot read OGG: " + thisChannels + " channels at rate " + thisRate);
    }
    if (!first && (rate != thisRate || channels != thisChannels)) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read OGG: chained streams of %d channels at rate %d, then %d at %d",
              channels, rate, thisChannels, thisRate));
    }
  }

  private static boolean isVorbisHead(OggPage page) {
    return page.isFirst() && page.length() >= HEAD && page.starts(magic(1));
  }

  private static byte[] magic(int type) {
    return new byte[] {(byte) type, 'v', 'o', 'r', 'b', 'i', 's'};
  }

  @Override
  public Signal.PcmStream open() {
    return new Stream();
  }

  private final class Stream implements Signal.PcmStream {
    private final OggPages pages = new OggPages(file, false);
    private @Nullable OggPackets packets; // null before the first link
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
      OggPackets from = packets;
      while (from == null || from.next() == OggPackets.Found.NONE) {
        if (!pages.hasNext()) {
          return false;
        }
        OggPage page = pages.next();
        if (link + 1 < links.size() && page.at() == links.get(link + 1).at()) {
          from = begin(page);
        } else if (from != null && page.serial() == links.get(link).serial()) {
          from.page(page);
        } // else another stream's page
      }
      if (headers < 3) {
        header(from);
      } else {
        sound(from, Objects.requireNonNull(decoder));
      }
      return true;
    }

    private OggPackets begin(OggPage page) {
      if (link >= 0 && headers < 3) {
        throw SoundFiles.corrupt("Cannot read OGG: stream " + link + " has no three headers");
      }
      link++;
      headers = 0;
      decoded = 0;
      end = links.get(link).end();
      placed = false;
      granule = -1;
      OggPackets begun = new OggPackets(page);
      packets = begun;
      return begun;
    }

    /** Identification, comments (whatever they say) and setup, in this order. */
    private void header(OggPackets packet) {
      byte[] bytes = packet.data;
      int at = packet.from;
      if (!isHeader(packet, 2 * headers + 1) || headers == 0 && !isKnown(packet)) {
        throw SoundFiles.corrupt("Cannot read OGG: header " + headers + " of stream " + link);
      }
      if (headers == 0) {
        blocks = bytes[at + 28] & 0xFF;
      } else if (headers == 2) {
        decoder = new VorbisDecoder(VorbisSetup.of(channels, blocks, bytes, at, packet.length));
        pending = new float[channels][0];
      }
      headers++;
    }

    private boolean isHeader(OggPackets packet, int type) {
      byte[] magic = magic(type);
      int from = packet.from;
      return packet.length >= MAGIC
          && Arrays.equals(packet.data, from, from + MAGIC, magic, 0, MAGIC);
    }

    /** Version 0 and the last bit. */
    private boolean isKnown(OggPackets head) {
      return head.length >= HEAD
          && OggPage.view(head.data).getInt(head.from + MAGIC) == 0
          && (head.data[head.from + HEAD - 1] & 1) == 1;
    }

    private void sound(OggPackets packet, VorbisDecoder decoder) {
      int frames = decoder.decode(packet.data, packet.from, packet.length);
      if (frames < 0) {
        throw SoundFiles.corrupt(
            "Cannot read OGG: a packet after frame "
                + decoded
                + " of stream "
                + link
                + " is no sound");
      }
      frames = Math.max(0, frames - padding(packet, frames));
      pending = decoder.pcm;
      // A stream cut out of a longer one starts at a granule position above what was decoded.
      if (!placed && packet.granule >= 0) {
        placed = true;
        long before = packet.granule - decoded - frames;
        if (before > 0 && !packet.last && packet.granule < end) {
          end -= before;
        }
      }
      pendingFrom = 0;
      pendingTo = (int) Math.max(0, Math.min(frames, end - decoded));
      decoded += frames;
    }

    /** Frames of the last packet beyond the position that its page says. */
    private int padding(OggPackets packet, int frames) {
      long said = packet.granule;
      if (granule < 0) {
        granule = said;
        return 0;
      }
      granule += frames;
      long beyond = granule - said;
      if (said >= 0) {
        granule = said;
      }
      return said >= 0 && beyond > 0 && packet.last ? (int) Math.min(frames, beyond) : 0;
    }

    @Override
    public void close() {}
  }
}
