package tributary.tokenize;

/** Some consecutive tokens of one modality. */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface TokenBlock {
  int count();

  /** Tokens that are rows of an embedding table: the bytes of a text (unsigned). */
  record Ids(byte[] ids) implements TokenBlock {
    @Override
    public int count() {
      return ids.length;
    }
  }

  /** values [count, channels], row-major, finite. */
  record Values(int channels, float[] values) implements TokenBlock {
    @Override
    public int count() {
      return values.length / channels;
    }
  }
}
