package tributary.record;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tributary.encode.Encoder;
import tributary.merge.Node;
import tributary.read.Rejected;
import tributary.split.Subsequence;

/**
 * The plain loop: one record after the other, unsplit, in this thread. What the Spark job must
 * equal bit by bit.
 */
public final class Fuser {
  private final Recipe recipe;
  private final Encoder encoder;

  public Fuser(Recipe recipe, Encoder encoder) {
    this.recipe = recipe;
    this.encoder = encoder;
  }

  /**
   * Fuses one record, given as its rows in order; throws {@link Rejected} where the job would
   * quarantine it.
   */
  public Fused fuse(List<List<OpenRecord.Cell>> rows) {
    List<Subsequence> subsequences = new ArrayList<>();
    OpenRecord record = new OpenRecord(recipe, subsequences::add);
    for (List<OpenRecord.Cell> row : rows) {
      record.row(row);
      while (record.step()) {}
    }
    record.finish();
    float[] embedding = finish(encoder, encoder.encode(subsequences));
    return new Fused(embedding, record.tokens(), record.leftOut(), record.inputHash());
  }

  /**
   * The embedding of the nodes of one record, in any order of modalities, each modality's in order;
   * refuses one that is not finite.
   */
  public static float[] finish(Encoder encoder, List<Node> nodes) {
    return finite(encoder.finish(byModality(nodes)));
  }

  /** The nodes of one record, in any order of modalities, as {@link Encoder#finish} takes them. */
  public static Map<String, Iterator<Node>> byModality(List<Node> nodes) {
    Map<String, List<Node>> byModality = new TreeMap<>();
    for (Node node : nodes) {
      byModality.computeIfAbsent(node.modality(), m -> new ArrayList<>()).add(node);
    }
    Map<String, Iterator<Node>> iterators = new TreeMap<>();
    byModality.forEach((m, list) -> iterators.put(m, list.iterator()));
    return iterators;
  }

  /**
   * The embedding itself, or {@link Rejected} where a value is NaN or infinite (inputs so large
   * that they overflow).
   */
  public static float[] finite(float[] embedding) {
    for (int i = 0; i < embedding.length; i++) {
      if (!Float.isFinite(embedding[i])) {
        throw new Rejected(
            Rejected.Reason.NOT_FINITE,
            "embedding value " + i + " is " + embedding[i] + ": the inputs are too large");
      }
    }
    return embedding;
  }
}
