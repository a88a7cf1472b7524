package tributary.read;

import java.util.Arrays;

/**
 * The packets of one logical Ogg stream (RFC 3533, section 5). A packet on one page is a view of
 * the file, one on several pages is put together in a buffer, which never holds more than they do.
 * Used by one thread.
 */
final class OggPackets {
  /** What {@link #next} found. */
  enum Found {
    PACKET,
    /** No whole packet: the next page of the stream is wanted. */
    NONE
  }

  private byte[] pieces = {};
  private int gathered; // bytes of a packet that goes on
  private boolean open; // whether such a packet is there, of 0 bytes too
  private OggPage page;
  private int segment;
  private int at;

  /** The packet: its bytes are data[from .. from + length). */
  byte[] data = {};

  int from;
  int length;

  /** The page's position where this is the last packet to end on it, else -1. */
  long granule = -1;

  /** Whether this is the last packet on the stream's last page. */
  boolean last;

  /**
   * @param first the stream's first page
   */
  OggPackets(OggPage first) {
    this.page = first;
    enter(first);
  }

  /**
   * Goes on with the stream's next page, when {@link #next} found none.
   *
   * @throws Rejected CORRUPT_AUDIO where it doesn't follow the one before
   */
  void page(OggPage next) {
    if (next.number() != page.number() + 1 || next.continues() != open) {
      throw SoundFiles.corrupt(
          String.format(
              "Cannot read OGG: page %d at byte %d does not follow page %d",
              next.number(), next.at(), page.number()));
    }
    enter(next);
  }

  private void enter(OggPage entered) {
    if (entered.version() != 0) {
      throw SoundFiles.corrupt(
          "Cannot read OGG: the page at byte "
              + entered.at()
              + " is of version "
              + entered.version());
    }
    page = entered;
    segment = 0;
    at = entered.body();
  }

  Found next() {
    int start = at;
    while (segment < page.segments()) {
      int bytes = page.segment(segment++);
      at += bytes;
      if (bytes < 255) {
        end(start);
        return Found.PACKET;
      }
    }
    if (at > start) {
      gather(start);
      open = true;
    }
    return Found.NONE;
  }

  private void end(int start) {
    if (open) {
      gather(start);
      data = pieces;
      from = 0;
      length = gathered;
    } else {
      data = page.in().array();
      from = start;
      length = at - start;
    }
    gathered = 0;
    open = false;
    boolean ends = !endsAgain();
    granule = ends ? page.granule() : -1;
    last = ends && page.isLast();
  }

  /** Whether another packet ends on this page. */
  private boolean endsAgain() {
    for (int i = segment; i < page.segments(); i++) {
      if (page.segment(i) < 255) {
        return true;
      }
    }
    return false;
  }

  private void gather(int start) {
    int more = at - start;
    if (pieces.length < gathered + more) {
      pieces = Arrays.copyOf(pieces, Math.max(gathered + more, 2 * pieces.length));
    }
    System.arraycopy(page.in().array(), start, pieces, gathered, more);
    gathered += more;
  }
}
