package tributary.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What containers of sound may hold that isn't read here, by name, for messages. */
final class Codecs {
  /** By `wFormatTag` of WAV (RFC 2361). */
  private static final Map<Integer, String> WAV =
      Map.ofEntries(
          Map.entry(0x02, "Microsoft ADPCM"),
          Map.entry(0x10, "OKI ADPCM"),
          Map.entry(0x11, "IMA ADPCM"),
          Map.entry(0x22, "TrueSpeech"),
          Map.entry(0x31, "GSM 6.10"),
          Map.entry(0x40, "G.721 ADPCM"),
          Map.entry(0x45, "G.726 ADPCM"),
          Map.entry(0x50, "MPEG audio, layer 1 or 2"),
          Map.entry(0x55, "MP3"),
          Map.entry(0x64, "G.726 ADPCM"),
          Map.entry(0xFF, "AAC"),
          Map.entry(0x160, "WMA"),
          Map.entry(0x161, "WMA"),
          Map.entry(0x162, "WMA Pro"),
          Map.entry(0x163, "WMA Lossless"),
          Map.entry(0x1610, "AAC"),
          Map.entry(0x2000, "AC-3"),
          Map.entry(0x2001, "DTS"),
          Map.entry(0x566F, "Vorbis"),
          Map.entry(0xA109, "Speex"),
          Map.entry(0xF1AC, "FLAC"));

  /** MS and IMA ADPCM, MPEG audio, AAC, WMA, AC-3. */
  private static final Set<Integer> ELSEWHERE =
      Set.of(0x02, 0x11, 0x50, 0x55, 0xFF, 0x160, 0x161, 0x162, 0x163, 0x1610, 0x2000);

  /** By the compression type of AIFC. */
  private static final Map<String, String> AIFC =
      Map.of(
          "ima4", "IMA ADPCM",
          "MAC3", "MACE 3:1",
          "MAC6", "MACE 6:1",
          "GSM ", "GSM 6.10",
          "QDMC", "QDesign",
          "QDM2", "QDesign 2",
          "Qclp", "Qualcomm PureVoice",
          "ADP4", "ADPCM",
          "G722", "G.722");

  /** By the encoding of AU. */
  private static final Map<Integer, String> AU =
      Map.of(
          23, "G.721 ADPCM",
          24, "G.722",
          25, "G.723 ADPCM of 3 bits",
          26, "G.723 ADPCM of 5 bits");

  /** By the first bytes of an Ogg stream's first page. */
  private static final Map<String, String> OGG =
      Map.ofEntries(
          Map.entry("OpusHead", "Opus"),
          Map.entry("Speex   ", "Speex"),
          Map.entry("\u007fFLAC", "FLAC in Ogg"),
          Map.entry("fLaC", "FLAC in Ogg"),
          Map.entry("PCM     ", "PCM in Ogg"),
          Map.entry("\u0080theora", "Theora"),
          Map.entry("BBCD\0", "Dirac"),
          Map.entry("OVP80", "VP8"),
          Map.entry("CELT    ", "CELT"),
          Map.entry("\u0080kate", "Kate"),
          Map.entry("CMML\0\0\0\0", "CMML"),
          Map.entry("\u0001video\0\0\0", "OGM video"),
          Map.entry("\u0001audio\0\0\0", "OGM sound"));

  private static final String SKELETON = "fishead\0";
  private static final int SHOWN = 4;

  private Codecs() {}

  static String wav(int tag, int bits) {
    return named(WAV.get(tag), tag + ", " + bits + " bits");
  }

  static String aifc(String type, int bits) {
    return named(AIFC.get(type), type.strip() + ", " + bits + " bits");
  }

  static String au(int encoding) {
    return named(AU.get(encoding), "" + encoding);
  }

  private static String named(@org.jspecify.annotations.Nullable String name, String number) {
    return (name == null ? "a coding that is numbered " : name + ", numbered ") + number;
  }

  /** The codecs of the streams that an Ogg file begins with. */
  static String ogg(byte[] file) {
    List<String> names = new ArrayList<>();
    OggPages pages = new OggPages(file, false);
    while (pages.hasNext() && names.size() < SHOWN) {
      OggPage page = pages.next();
      if (page.isFirst() && !page.starts(bytes(SKELETON))) {
        names.add(
            new TreeMap<>(OGG)
                .entrySet().stream()
                    .filter(e -> page.starts(bytes(e.getKey())))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("a codec of no known name"));
      }
    }
    return names.isEmpty() ? "no stream" : String.join(" and ", names);
  }

  private static byte[] bytes(String magic) {
    return magic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** A container that is read here, with a coding in it that isn't. */
  static final class Unread extends RuntimeException {
    private Unread(String detail) {
      super(detail);
    }

    /** The refusal, where nothing else decodes it. */
    Rejected rejected() {
      return new Rejected(Rejected.Reason.UNKNOWN_FORMAT, String.valueOf(getMessage()));
    }
  }

  /** What is decoded elsewhere. */
  static Unread unread(String format, String held) {
    return new Unread("Cannot read " + format + ": it holds " + held + ", which is not read");
  }

  /** What is decoded nowhere: other programs don't agree on it. */
  static Rejected refused(String format, String held) {
    return unread(format, held).rejected();
  }

  /** Whether a library of codecs decodes a WAV of the coding. */
  static boolean isElsewhere(int tag) {
    return ELSEWHERE.contains(tag);
  }
}
