package tributary.tensor.nd4j;

/** Row kernels of which one adds a little, as a kernel for another processor might. */
final class WrongRows extends ScalarRows {
  private final String wrong;

  WrongRows(String wrong) {
    this.wrong = wrong;
  }

  private void spoil(String kernel, float[] y) {
    if (kernel.equals(wrong)) {
      y[0] += 0.01f;
    }
  }

  @Override
  public void plus(float[] y, float[] other, int rows, int channels, boolean sameRow) {
    super.plus(y, other, rows, channels, sameRow);
    spoil("plus", y);
  }

  @Override
  public void normalize(
      float[] x, int rows, int channels, float[] weight, float[] bias, float epsilon) {
    super.normalize(x, rows, channels, weight, bias, epsilon);
    spoil("normalize", x);
  }

  @Override
  public boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at) {
    boolean same = super.exponentials(scores, keys, queries, scale, shifts, totals, shrink, at);
    spoil("exponentials", scores);
    return same;
  }

  @Override
  public boolean exponentials(
      float[] scores,
      int keys,
      int queries,
      double scale,
      KeyFactors factors,
      int first,
      float[] shifts,
      double[] totals,
      float[] shrink,
      int at) {
    boolean same =
        super.exponentials(
            scores, keys, queries, scale, factors, first, shifts, totals, shrink, at);
    spoil("weights", scores);
    return same;
  }
}
