package tributary.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.TaskCompletionListener;
import org.apache.spark.util.TaskFailureListener;
import org.jspecify.annotations.Nullable;
import tributary.merge.Node;
import tributary.merge.NodeBytes;
import tributary.record.KnownRoots;
import tributary.record.ModalityRoot;
import tributary.spark.roots.RootPlan;
import tributary.spark.roots.RootReader;
import tributary.spark.roots.RootWriter;

/**
 * The roots of modalities that a task finds and puts down. Nothing is found, and nothing put down,
 * where the job keeps none. Lives in a task, used by one thread.
 */
final class TaskRoots {
  private final Metrics metrics;
  private final @Nullable RootReader reader;
  private final @Nullable RootWriter writer;

  /**
   * @param plan null where no roots are kept
   */
  TaskRoots(@Nullable RootPlan plan, NodeBytes nodes, Metrics metrics) {
    this.metrics = metrics;
    if (plan == null) {
      reader = null;
      writer = null;
      return;
    }
    FileSystem files = files(plan);
    RootReader found = new RootReader(plan, files, nodes, () -> metrics.rootsWrong.add(1));
    RootWriter kept = new RootWriter(plan, files, nodes, () -> metrics.rootsFailures.add(1));
    reader = found;
    writer = kept;
    TaskContext task = TaskContext.get();
    task.addTaskCompletionListener((TaskCompletionListener) over -> found.close());
    task.addTaskFailureListener((TaskFailureListener) (of, why) -> kept.discard());
  }

  private static FileSystem files(RootPlan plan) {
    try {
      return CheckpointPlan.fileSystem(new Path(plan.folder()), SparkHadoopUtil.get().conf());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot keep roots: " + e.getMessage(), e);
    }
  }

  /** What is known of a record's modalities. */
  KnownRoots of(String id) {
    RootReader from = reader;
    return from == null
        ? KnownRoots.NONE
        : (modality, hash) -> {
          var root = from.find(id, modality, hash);
          root.ifPresent(r -> metrics.rootsUsed.add(1));
          return root;
        };
  }

  /**
   * Puts down what was encoded of a record.
   *
   * @param nodes of its modalities that were not known
   */
  void keep(TaskRecord record, List<Node> nodes) {
    if (writer == null) {
      return;
    }
    Map<String, List<Node>> byModality = new TreeMap<>();
    nodes.forEach(n -> byModality.computeIfAbsent(n.modality(), m -> new ArrayList<>()).add(n));
    byModality.forEach(
        (modality, own) ->
            keep(
                record.id(),
                modality,
                record.modalityHashes().get(modality),
                new ModalityRoot(record.tokens(modality), record.leftOut(modality), own)));
  }

  /**
   * Puts down one root.
   *
   * @param contentHash null where it can't be had
   */
  void keep(String id, String modality, @Nullable String contentHash, ModalityRoot root) {
    if (writer != null && contentHash != null && writer.add(id, modality, contentHash, root)) {
      metrics.rootsKept.add(1);
    }
  }

  /** After the last record. */
  void close() {
    if (writer != null) {
      writer.close();
    }
  }
}
