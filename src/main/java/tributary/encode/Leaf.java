package tributary.encode;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tributary.tensor.Scope;

/**
 * The visible tokens of one leaf group.
 *
 * @param rows where the tokens are
 * @param first row of the group's first token
 * @param length tokens of the group, visible or not
 * @param visible offsets within the group of the visible tokens, ascending; null where all are
 */
@SuppressWarnings("ArrayRecordComponent")
public record Leaf(Rows rows, int first, int length, int @Nullable [] visible) {
  public int count() {
    return visible == null ? length : visible.length;
  }

  /** Offsets of the tokens within the group. */
  public int[] offsets() {
    if (visible != null) {
      return visible;
    }
    int[] all = new int[length];
    for (int i = 0; i < length; i++) {
      all[i] = i;
    }
    return all;
  }

  /** Adds the pieces that the values of the visible tokens are in, in their order. */
  void pieces(List<Scope.Piece> to) {
    if (visible == null) {
      rows.pieces(first, length, to);
      return;
    }
    for (int offset : visible) {
      rows.pieces(first + offset, 1, to);
    }
  }

  public void ids(int[] to, int at) {
    if (visible == null) {
      rows.ids(first, length, to, at);
      return;
    }
    for (int i = 0; i < visible.length; i++) {
      rows.ids(first + visible[i], 1, to, at + i);
    }
  }
}
