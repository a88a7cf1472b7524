package tributary.codec.child;

import java.nio.charset.StandardCharsets;
import org.bytedeco.ffmpeg.global.avutil;
import tributary.codec.Wire;

/** Why a payload can't be decoded. */
final class Fault extends Exception {
  private final byte kind;

  Fault(byte kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** One of {@link Wire#CORRUPT} and its siblings. */
  byte kind() {
    return kind;
  }

  static Fault corrupt(String message) {
    return new Fault(Wire.CORRUPT, message);
  }

  /** Refuses a negative answer of the library. */
  static int check(int answer, String what) throws Fault {
    if (answer >= 0) {
      return answer;
    }
    if (answer == avutil.AVERROR_ENOMEM()) {
      throw memory(what);
    }
    String why = text(answer);
    // What an operating system would say of a number that means something else.
    boolean told = !why.startsWith("Error number") && !why.equals("Operation not permitted");
    throw corrupt(told ? what + ": " + why : what);
  }

  static Fault memory(String what) {
    return new Fault(Wire.TOO_LARGE, what + ": it needs more memory than codecs.memory");
  }

  private static String text(int answer) {
    byte[] text = new byte[avutil.AV_ERROR_MAX_STRING_SIZE];
    avutil.av_strerror(answer, text, text.length);
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, StandardCharsets.UTF_8);
  }
}
