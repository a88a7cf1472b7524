package tributary.read;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Formats that a {@link CodecLibrary} decodes, by the names that {@link Signatures} gives them.
 *
 * @param name for messages
 * @param demuxer of FFmpeg (`ffmpeg -demuxers`) that takes the container apart
 * @param decoder of FFmpeg that takes the whole payload; empty where there is a container
 * @param holds what may be in it
 */
public record Container(String name, String demuxer, String decoder, Set<Holds> holds) {
  /** What a payload may hold. */
  public enum Holds {
    PICTURE,
    SOUND,
    VIDEO
  }

  private static final Map<String, Container> BY_NAME = new HashMap<>();

  static {
    for (String name : new String[] {"HEIC", "HEIF", "AVIF"}) {
      add(name, "mov", Holds.PICTURE, Holds.VIDEO);
    }
    BY_NAME.put("JPEG 2000", new Container("JPEG 2000", "", "jpeg2000", EnumSet.of(Holds.PICTURE)));
    sounds();
    add("MP4", "mov", Holds.SOUND, Holds.VIDEO);
    add("QuickTime", "mov", Holds.SOUND, Holds.VIDEO);
    add("3GP", "mov", Holds.SOUND, Holds.VIDEO);
    add("Matroska or WebM", "matroska", Holds.SOUND, Holds.VIDEO);
    add("AVI", "avi", Holds.SOUND, Holds.VIDEO);
    add("Flash video", "flv", Holds.SOUND, Holds.VIDEO);
    add("Windows Media (ASF)", "asf", Holds.SOUND, Holds.VIDEO);
    add("MPEG", "mpeg", Holds.SOUND, Holds.VIDEO);
    add("MPEG transport stream", "mpegts", Holds.SOUND, Holds.VIDEO);
    add("IVF", "ivf", Holds.VIDEO);
    add("YUV4MPEG2", "yuv4mpegpipe", Holds.VIDEO);
  }

  private static void sounds() {
    add("MP3", "mp3", Holds.SOUND);
    add("MP3 (after an ID3 tag)", "mp3", Holds.SOUND);
    add("MPEG audio, layer 2", "mp3", Holds.SOUND);
    add("AAC (ADTS)", "aac", Holds.SOUND);
    add("M4A (AAC or ALAC)", "mov", Holds.SOUND);
    add("AC-3", "ac3", Holds.SOUND);
    add("AMR", "amr", Holds.SOUND);
    add("Core Audio (CAF)", "caf", Holds.SOUND);
    add("WavPack", "wv", Holds.SOUND);
    add("Monkey's Audio", "ape", Holds.SOUND);
    add("True Audio", "tta", Holds.SOUND);
    add("Wave64", "w64", Holds.SOUND);
  }

  private static void add(String name, String demuxer, Holds first, Holds... more) {
    BY_NAME.put(name, new Container(name, demuxer, "", EnumSet.of(first, more)));
  }

  /** A container that another reader knows, of which it doesn't read what is in it. */
  static Container of(Format format, Holds holds) {
    String demuxer = format == Format.PNG ? "apng" : format.name().toLowerCase(Locale.ROOT);
    return new Container(format.name(), demuxer, "", EnumSet.of(holds));
  }

  /** The payload's; null where it is none of them. */
  static @Nullable Container of(byte[] payload) {
    String name = Signatures.name(payload);
    return name == null ? null : BY_NAME.get(name);
  }

  /**
   * The payload's, where it may hold what is wanted.
   *
   * @param what for the message
   * @throws Rejected UNKNOWN_FORMAT where it doesn't
   */
  static Container holding(Holds wanted, String what, byte[] payload) {
    Container container = of(payload);
    if (container == null) {
      throw Format.unknown(what, payload);
    }
    if (!container.holds.contains(wanted)) {
      throw new Rejected(
          Rejected.Reason.UNKNOWN_FORMAT,
          "Cannot read " + what + ": it is " + container.name + ", which holds no " + what);
    }
    return container;
  }
}
