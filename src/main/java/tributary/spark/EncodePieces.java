package tributary.spark;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import tributary.merge.Node;
import tributary.merge.NodeBytes;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;

/**
 * The second step, for records that are spread: pieces to nodes, one at a time, wherever the
 * shuffle put them. What is a node already stays one.
 */
final class EncodePieces implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final Metrics metrics;

  EncodePieces(TaskPlan plan, Metrics metrics) {
    this.plan = plan;
    this.metrics = metrics;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows;
    }
    ExecutorModel.Held model = ExecutorModel.forTask(plan);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Row next() {
        Staged.Piece piece = (Staged.Piece) Staged.of(rows.next());
        if (NodeBytes.isNode(piece.subsequence())) {
          return new Staged.Node(piece.id(), piece.modality(), piece.index(), piece.subsequence())
              .row();
        }
        long start = System.nanoTime();
        Subsequence subsequence = SubsequenceBytes.read(piece.subsequence());
        long read = System.nanoTime();
        Node node = model.encoder().encode(List.of(subsequence)).get(0);
        long encoded = System.nanoTime();
        Row result =
            new Staged.Node(piece.id(), node.modality(), node.index(), model.nodes().write(node))
                .row();
        metrics.kernelNanos.add(encoded - read);
        metrics.taskNanos.add(System.nanoTime() - start);
        metrics.nativePeak.add(model.nativePeak());
        return result;
      }
    };
  }
}
