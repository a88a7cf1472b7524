package tributary.models.elastic;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import tributary.base.Invalid;
import tributary.merge.Node;
import tributary.tensor.Scope;

/**
 * Joins one modality's nodes to its root while they stream by in order: complete sibling sets at
 * once, the incomplete ones at the end. Holds fewer than fan-in nodes a level. Lives in a task, for
 * one record.
 */
final class ElasticMerge {
  private final ElasticConfig config;
  private final ElasticLevels levels;
  private final String modality;
  private final List<List<Subtree>> pending = new ArrayList<>(); // by level
  private final List<Long> seen = new ArrayList<>(); // nodes so far, by level
  private long last; // tokens of the node before

  ElasticMerge(ElasticConfig config, ElasticLevels levels, String modality) {
    this.config = config;
    this.levels = levels;
    this.modality = modality;
  }

  /** The root's latents; at least one node comes. */
  float[] root(Scope scope, Iterator<Node> nodes) {
    Node first = nodes.next();
    check(first, first.level(), 0);
    push(scope, first.level(), Subtree.of(first));
    long index = 1;
    while (nodes.hasNext()) {
      Node node = nodes.next();
      check(node, first.level(), index++);
      push(scope, node.level(), Subtree.of(node));
    }
    int level = first.level();
    while (!isRoot(level)) {
      List<Subtree> tail = pending.get(level);
      if (!tail.isEmpty()) {
        raise(scope, level, tail);
      }
      level++;
    }
    return pending.get(level).get(0).latents();
  }

  private void check(Node node, int level, long index) {
    if (!node.modality().equals(modality) || node.level() != level || node.index() != index) {
      throw Invalid.argument(
          "node",
          node.modality() + ", level " + node.level() + ", index " + node.index(),
          "expected " + modality + ", level " + level + ", index " + index);
    }
    int size = config.level(level).latents() * config.level(level).channels();
    if (node.latents().length != size) {
      throw Invalid.argument(
          "node", node.latents().length + " values", "level " + level + " has " + size);
    }
    checkTokens(node, level);
  }

  /** All nodes but a modality's last are full. */
  private void checkTokens(Node node, int level) {
    double capacity = config.capacity(level);
    if (last < capacity && node.index() > 0) {
      throw Invalid.argument("node", last + " tokens", "all but the last have " + capacity);
    }
    if (node.tokens() < 1 || node.tokens() > capacity) {
      throw Invalid.argument("node", node.tokens() + " tokens", "1 to " + capacity);
    }
    last = node.tokens();
  }

  /** All fixed levels apply; the merge level does while there is more than one node. */
  private boolean isRoot(int level) {
    return level >= config.levels().size() - 1 && seen.get(level) == 1;
  }

  private void push(Scope scope, int level, Subtree node) {
    while (pending.size() <= level) {
      pending.add(new ArrayList<>());
      seen.add(0L);
    }
    List<Subtree> siblings = pending.get(level);
    siblings.add(node);
    seen.set(level, seen.get(level) + 1);
    if (siblings.size() == config.fanIn()) {
      raise(scope, level, siblings);
    }
  }

  private void raise(Scope scope, int level, List<Subtree> siblings) {
    Subtree parent = levels.parents(scope, level + 1, List.of(List.copyOf(siblings))).get(0);
    siblings.clear();
    push(scope, level + 1, parent);
  }
}
