package tributary.spark.learn;

import java.util.ArrayList;
import java.util.List;
import tributary.base.Invalid;

/**
 * The gradient shards that a task owns: an aligned subtree of the tree over all of them.
 *
 * @param task from 0
 * @param tasks T, a power of two, at most shards
 * @param shards S, a power of two
 */
public record Share(int task, int tasks, int shards) {
  /** The first shard. */
  public int first() {
    return task * size();
  }

  /** One past the last shard. */
  public int end() {
    return first() + size();
  }

  /** S / T. */
  public int size() {
    return shards / tasks;
  }

  /** What is wrong with the numbers: tasks must own aligned subtrees. */
  static List<String> problems(int tasks, int shards) {
    List<String> problems = new ArrayList<>();
    if (Integer.bitCount(shards) != 1 || shards < 1) {
      problems.add(Invalid.text("shards", shards, "a power of two"));
    }
    if (Integer.bitCount(tasks) != 1 || tasks < 1 || tasks > shards) {
      problems.add(Invalid.text("tasks", tasks, "a power of two, at most the shards, " + shards));
    }
    return problems;
  }
}
