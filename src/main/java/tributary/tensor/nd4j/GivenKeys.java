package tributary.tensor.nd4j;

import org.jspecify.annotations.Nullable;
import tributary.tensor.Lengths;

/** Keys and values of tensors. */
final class GivenKeys implements AttentionKernel.Keys {
  private final NativeTensor k;
  private final NativeTensor v;
  private final @Nullable Lengths lengths;
  private final HeadRows keys;
  private final HeadRows values;

  GivenKeys(Workspace workspace, NativeTensor k, NativeTensor v, int heads) {
    this(workspace, k, v, heads, null);
  }

  /**
   * @param lengths where groups are of unequal length, one after the other
   */
  GivenKeys(
      Workspace workspace, NativeTensor k, NativeTensor v, int heads, @Nullable Lengths lengths) {
    this.lengths = lengths;
    this.k = k;
    this.v = v;
    int wider = Math.max(k.shape().channels(), v.shape().channels());
    int rows = Math.min(k.shape().rows(), AttentionKernel.keysAtATime(wider));
    values = new HeadRows(workspace, Workspace.VALUES, rows, v.shape().channels(), heads, true);
    keys =
        k.equals(v)
            ? values
            : new HeadRows(workspace, Workspace.KEYS, rows, k.shape().channels(), heads, false);
  }

  @Override
  public void take(int group, int first, int count) {
    int its = lengths == null ? group : 0;
    int row = lengths == null ? first : lengths.start(group) + first;
    values.read(v, v.row(its, row), v.shape().channels(), count);
    if (keys != values) {
      keys.read(k, k.row(its, row), k.shape().channels(), count);
    }
  }

  @Override
  public HeadRows keys() {
    return keys;
  }

  @Override
  public HeadRows values() {
    return values;
  }
}
