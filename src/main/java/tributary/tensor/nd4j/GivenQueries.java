package tributary.tensor.nd4j;

import java.util.Arrays;

/** Queries of a tensor, transposed on the heap; lives in a call. */
final class GivenQueries implements AttentionKernel.Queries {
  private final NativeTensor q; // [g or 1, n, h d]
  private final int width;
  private final float[] block; // [width, h d]
  private final float[] looked; // [blocks, h d, width]
  private int transposed = -1; // the group that is

  GivenQueries(Workspace workspace, NativeTensor q) {
    this(workspace, q, Workspace.QUERIES);
  }

  /**
   * @param room {@link Workspace#room}'s use
   */
  GivenQueries(Workspace workspace, NativeTensor q, int room) {
    this.q = q;
    width = AttentionKernel.width(q.shape().rows());
    int blocks = (q.shape().rows() + width - 1) / width;
    looked = workspace.room(room, blocks * q.shape().channels() * width);
    block = workspace.block(q.shape().channels() * width);
  }

  @Override
  public int rows() {
    return q.shape().rows();
  }

  @Override
  public int channels() {
    return q.shape().channels();
  }

  /** Padded with 0. */
  @Override
  public float[] of(int group) {
    int its = q.shape().groups() == 1 ? 0 : group;
    if (its == transposed) {
      return looked;
    }
    transposed = its;
    int channels = channels();
    for (int from = 0; from < rows(); from += width) {
      int count = Math.min(width, rows() - from);
      q.read(q.group(group) + from * channels, block, 0, count * channels);
      int to = from * channels;
      for (int c = 0; c < channels; c++) {
        for (int r = 0; r < count; r++) {
          looked[to + r] = block[r * channels + c];
        }
        Arrays.fill(looked, to + count, to + width, 0);
        to += width;
      }
    }
    return looked;
  }
}
