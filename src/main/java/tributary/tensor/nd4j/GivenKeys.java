package tributary.tensor.nd4j;

/** Keys and values that lie there. */
final class GivenKeys implements AttentionKernel.Keys {
  private final NativeTensor k;
  private final NativeTensor v;
  private int group;
  private int first;

  GivenKeys(NativeTensor k, NativeTensor v) {
    this.k = k;
    this.v = v;
  }

  @Override
  public void take(int ofGroup, int from, int count) {
    group = ofGroup;
    first = from;
  }

  @Override
  public Blas.View keys(int channel) {
    return k.view(group, 0, channel).below(first);
  }

  @Override
  public Blas.View values(int channel) {
    return v.view(group, 0, channel).below(first);
  }
}
