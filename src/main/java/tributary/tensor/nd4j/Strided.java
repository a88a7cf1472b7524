package tributary.tensor.nd4j;

/**
 * A matrix in an array.
 *
 * @param at index of its first element
 * @param rowStep from an element to the one below
 * @param columnStep from an element to the next of its row
 */
@SuppressWarnings("ArrayRecordComponent")
record Strided(float[] values, int at, int rowStep, int columnStep) {
  /** Whose rows are contiguous. */
  static Strided ofRows(float[] values, int at, int rowStep) {
    return new Strided(values, at, rowStep, 1);
  }
}
