package tributary.read;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The formats by their first bytes; a file's name says nothing. */
enum Format {
  PNG,
  JPEG,
  GIF,
  BMP,
  TIFF,
  WEBP,
  SVG,
  WAV,
  AIFF,
  AU,
  OGG,
  FLAC;

  /** How far an XML prologue (declaration, comments, document type) is read for its root. */
  private static final int PROLOGUE = 8192;

  /**
   * The format of the payload.
   *
   * @param what image or sound, for the message
   * @throws Rejected EMPTY_PAYLOAD; UNKNOWN_FORMAT where it is none of these
   */
  static Format sniff(String what, byte[] payload) {
    Format format = of(what, payload);
    if (format == null) {
      throw unknown(what, payload);
    }
    return format;
  }

  /**
   * The format of the payload, or null where it is none of these.
   *
   * @param what image or sound, for the message
   * @throws Rejected EMPTY_PAYLOAD
   */
  static @Nullable Format of(String what, byte[] payload) {
    if (payload.length == 0) {
      throw new Rejected(Rejected.Reason.EMPTY_PAYLOAD, "Cannot read " + what + ": it has 0 bytes");
    }
    if (starts(payload, 0, "\u0089PNG\r\n\u001a\n")) {
      return PNG;
    }
    if (starts(payload, 0, "\u00ff\u00d8\u00ff")) {
      return JPEG;
    }
    if (starts(payload, 0, "GIF87a") || starts(payload, 0, "GIF89a")) {
      return GIF;
    }
    if (starts(payload, 0, "BM") && payload.length >= 18) {
      return BMP;
    }
    if (isTiff(payload)) {
      return TIFF;
    }
    if (starts(payload, 0, "RIFF")) {
      if (starts(payload, 8, "WEBP")) {
        return WEBP;
      }
      if (starts(payload, 8, "WAVE")) {
        return WAV;
      }
    }
    if (isWideOrBigWav(payload)) {
      return WAV;
    }
    if (starts(payload, 0, "FORM") && (starts(payload, 8, "AIFF") || starts(payload, 8, "AIFC"))) {
      return AIFF;
    }
    if (starts(payload, 0, ".snd") || starts(payload, 0, "dns.")) {
      return AU;
    }
    if (starts(payload, 0, "OggS")) {
      return OGG;
    }
    if (starts(payload, 0, "fLaC")) {
      return FLAC;
    }
    if (isSvg(payload)) {
      return SVG;
    }
    return null;
  }

  /**
   * The refusal of what no reader takes: with the format's name where {@link Signatures} knows it.
   * Never with its bytes, which may be those of any file that a path leads to.
   */
  static Rejected unknown(String what, byte[] payload) {
    String name = Signatures.name(payload);
    String why =
        name == null
            ? "its %d bytes begin as no known format does".formatted(payload.length)
            : "it is " + name + ", which is not read";
    return new Rejected(Rejected.Reason.UNKNOWN_FORMAT, "Cannot read " + what + ": " + why);
  }

  /** The refusal of a format that another reader takes: a sound among pictures. */
  Rejected misplaced(String what) {
    return new Rejected(Rejected.Reason.UNKNOWN_FORMAT, "Cannot read " + what + ": it is " + this);
  }

  /** What a decoder's exception says, in one line. */
  static String reason(Throwable e) {
    String message = e.getMessage();
    String name = e.getClass().getSimpleName();
    return message == null || message.isBlank()
        ? name
        : message.lines().findFirst().orElse(name).strip();
  }

  /** WAV with sizes of 64 bits, or with the highest byte first. */
  private static boolean isWideOrBigWav(byte[] payload) {
    boolean wide = starts(payload, 0, "RF64") || starts(payload, 0, "BW64");
    return (wide || starts(payload, 0, "RIFX")) && starts(payload, 8, "WAVE");
  }

  /** TIFF, or BigTIFF, whose offsets have eight bytes. */
  private static boolean isTiff(byte[] payload) {
    return starts(payload, 0, "II*\0")
        || starts(payload, 0, "MM\0*")
        || starts(payload, 0, "II+\0")
        || starts(payload, 0, "MM\0+");
  }

  private static boolean isSvg(byte[] payload) {
    String head =
        new String(payload, 0, Math.min(PROLOGUE, payload.length), StandardCharsets.ISO_8859_1);
    String text = head.startsWith("\u00ef\u00bb\u00bf") ? head.substring(3) : head;
    return text.stripLeading().startsWith("<")
        && (text.contains("<svg") || text.contains("<svg:svg"));
  }

  private static boolean starts(byte[] payload, int from, String magic) {
    byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
    int to = from + bytes.length;
    return payload.length >= to && Arrays.equals(payload, from, to, bytes, 0, bytes.length);
  }
}
