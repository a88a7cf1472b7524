package tributary.base;

/** What a message says about a value that is refused: `Invalid key: value (rule)`. */
public final class Invalid {
  private Invalid() {}

  /**
   * The message.
   *
   * @param key what the value is, in the words of who gave it
   * @param value as it was given; of a mismatch, this side
   * @param rule what it had to be; of a mismatch, the other side
   */
  public static String text(String key, Object value, String rule) {
    return "Invalid " + key + ": " + value + " (" + rule + ")";
  }

  /** What a method throws that is called with an argument it doesn't take. */
  public static IllegalArgumentException argument(String key, Object value, String rule) {
    return new IllegalArgumentException(text(key, value, rule));
  }
}
