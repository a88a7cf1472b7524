package tributary.spark.learn;

/**
 * What a table has of one modality.
 *
 * @param records that have it
 * @param tokens in all of them
 * @param sum of the tokens of one of them: the start of a SHA-256
 * @param constant whether all of them have the same tokens
 */
public record ModalityCount(long records, long tokens, long sum, boolean constant) {
  /** Of no record. */
  static final ModalityCount NONE = new ModalityCount(0, 0, 0, true);

  /** Both together, in any order. */
  ModalityCount plus(ModalityCount more) {
    if (records == 0) {
      return more;
    }
    if (more.records == 0) {
      return this;
    }
    return new ModalityCount(
        records + more.records,
        tokens + more.tokens,
        Math.min(sum, more.sum),
        constant && more.constant && sum == more.sum);
  }
}
