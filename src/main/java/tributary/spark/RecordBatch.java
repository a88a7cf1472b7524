package tributary.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tributary.encode.Encoder;
import tributary.merge.Node;
import tributary.record.Fuser;
import tributary.split.Subsequence;

/**
 * Whole records that are encoded in one call: as many as fit the bytes of a batch, at most {@link
 * TaskPlan#batchRecords}. A task's first batches are smaller, each twice the one before, so that
 * something comes through early. Lives in a task, used by one thread.
 */
final class RecordBatch {
  private static final int FIRST = 32;

  private final TaskPlan plan;
  private final List<TaskRecord> records = new ArrayList<>();
  private long bytes;
  private int most;

  RecordBatch(TaskPlan plan) {
    this.plan = plan;
    this.most = Math.min(FIRST, plan.batchRecords());
  }

  void add(TaskRecord record) {
    records.add(record);
    bytes += record.bytes();
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  boolean isFull() {
    return bytes >= plan.reading().batchBytes() || records.size() >= most;
  }

  /**
   * The records, encoded, in the order in which they came; the batch is empty then.
   *
   * @param roots told what modalities came to
   */
  List<Staged> encode(Encoder encoder, TaskRoots roots) {
    List<Subsequence> all = new ArrayList<>();
    records.forEach(r -> all.addAll(r.subsequences()));
    List<Node> nodes = encoder.encode(all);
    List<Map<String, Iterator<Node>>> own = new ArrayList<>(records.size());
    int from = 0;
    for (TaskRecord record : records) {
      int to = from + record.subsequences().size();
      List<Node> encoded = nodes.subList(from, to);
      roots.keep(record, encoded);
      List<Node> known = record.knownNodes();
      own.add(Fuser.byModality(known.isEmpty() ? encoded : both(encoded, known)));
      from = to;
    }
    List<float[]> embeddings = encoder.finish(own);
    List<Staged> encoded = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      encoded.add(records.get(i).encoded(embeddings.get(i)));
    }
    records.clear();
    bytes = 0;
    most = Math.min(2 * most, plan.batchRecords());
    return encoded;
  }

  /** No modality is in both. */
  private static List<Node> both(List<Node> encoded, List<Node> known) {
    List<Node> both = new ArrayList<>(encoded);
    both.addAll(known);
    return both;
  }
}
