package tributary.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.encode.PassEncoder;
import tributary.merge.Node;
import tributary.split.Subsequence;
import tributary.split.SubsequenceBytes;

/**
 * One pass over the pieces of spread records: rows sorted by id and kind, a copy of the record's
 * header before its pieces; to what the record's latents find in each piece. Pieces without a
 * header belong to a record that was quarantined after some of its pieces had gone out: they are
 * passed over. Holds the latents of one record.
 */
final class AttendPieces implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final Metrics metrics;
  private final int pass;

  AttendPieces(TaskPlan plan, Metrics metrics, int pass) {
    this.plan = plan;
    this.metrics = metrics;
    this.pass = pass;
  }

  /**
   * The latents in a header's bytes.
   *
   * @param carried empty before the first pass: the model's own
   */
  static float[] latents(ExecutorModel.Held model, byte[] carried) {
    return carried.length == 0
        ? ((PassEncoder) model.encoder()).latents()
        : model.nodes().read(carried).latents();
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Attended(rows, ExecutorModel.forTask(plan)) : rows;
  }

  private final class Attended implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final ExecutorModel.Held model;
    private final PassEncoder encoder;
    private Staged.@Nullable Copy header;
    private float[] latents = {};
    private Staged.@Nullable Piece piece;

    Attended(Iterator<Row> rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
      this.encoder = (PassEncoder) model.encoder();
    }

    @Override
    public boolean hasNext() {
      while (piece == null && rows.hasNext()) {
        Staged next = Staged.of(rows.next());
        if (next instanceof Staged.Piece its) {
          piece = header != null && header.id().equals(its.id()) ? its : null;
        } else if (next instanceof Staged.Copy its
            && (header == null || !header.id().equals(its.id()))) {
          header = its;
          latents = latents(model, its.latents());
        }
      }
      return piece != null;
    }

    @Override
    public Row next() {
      if (!hasNext() || piece == null || header == null) {
        throw new NoSuchElementException("no more pieces");
      }
      long start = System.nanoTime();
      Subsequence part = SubsequenceBytes.read(piece.subsequence());
      piece = null;
      Node node = encoder.attend(pass, latents, header.tokens(), part);
      byte[] bytes = model.nodes().write(node);
      long nanos = System.nanoTime() - start;
      metrics.kernelNanos.add(nanos);
      metrics.taskNanos.add(nanos);
      metrics.nativePeak.add(model.nativePeak());
      return new Staged.Node(header.id(), node.modality(), node.index(), bytes).row();
    }
  }
}
