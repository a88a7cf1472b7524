package tributary.codec;

/**
 * What goes over the two pipes between a task and its codec process. All numbers have the highest
 * byte first, but samples, which are little-endian.
 *
 * <pre>
 * at the start    the process: MAGIC, then a text: the library's version
 * OPEN            byte kind, text demuxer, text decoder, double rate, long most bytes of output,
 *                 long length, the payload
 *   OPENED        then, by kind
 *     SOUND       int rate, int channels; no channels where no sound is in it
 *     PICTURE     int width, int height, byte colours, byte orientation, int length and ICC profile;
 *                 then the pixels: [height, width] of four bytes, red green blue alpha
 *     VIDEO       byte orientation
 * NEXT            the next of what was opened
 *   SAMPLES       int frames, then [frames, channels] of four bytes
 *   FRAME         int width, int height, byte depth, then [height, width] of so many bytes: red
 *                 green blue, or these and alpha
 *   SAME          the frame before, once more
 *   END           there is no more
 * CLOSE           no answer
 * any of them     FAULT, byte cause, a text; nothing is open then
 * </pre>
 */
public final class Wire {
  /** What a process begins with. */
  public static final int MAGIC = 0x54424331;

  public static final byte OPEN = 1;
  public static final byte NEXT = 2;
  public static final byte CLOSE = 3;

  public static final byte SOUND = 1;
  public static final byte PICTURE = 2;
  public static final byte VIDEO = 3;

  public static final byte OPENED = 1;
  public static final byte SAMPLES = 2;
  public static final byte FRAME = 3;
  public static final byte SAME = 4;
  public static final byte END = 5;
  public static final byte FAULT = 6;

  /** Causes of a fault: the payload is damaged, it needs too much, it has nothing of the kind. */
  public static final byte CORRUPT = 1;

  public static final byte TOO_LARGE = 2;
  public static final byte NOTHING = 3;

  private Wire() {}
}
