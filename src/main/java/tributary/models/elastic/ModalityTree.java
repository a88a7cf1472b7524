package tributary.models.elastic;

import java.util.ArrayList;
import java.util.List;
import tributary.encode.Rows;

/**
 * One modality of a view, whose nodes are among those of all.
 *
 * @param name its number among the sorted names
 * @param first number of its first node, by level; grows as levels are made
 * @param count of its nodes, by level; the last is 1
 */
record ModalityTree(int view, int name, Rows rows, List<Integer> first, List<Integer> count) {
  ModalityTree(int view, int name, Rows rows) {
    this(view, name, rows, new ArrayList<>(), new ArrayList<>());
  }

  int height() {
    return count.size() - 1;
  }

  static int[] ints(List<Integer> all) {
    return all.stream().mapToInt(n -> n).toArray();
  }
}
