package tributary.spark;

import java.util.Iterator;
import java.util.Map;
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

  /** The latents that a header carries: those before the first pass where it carries none. */
  static float[] latents(ExecutorModel.Held model, Row header) {
    return header.isNullAt(Staged.PAYLOAD_FIELD)
        ? ((PassEncoder) model.encoder()).latents()
        : model.nodes().read(header.<byte[]>getAs(Staged.PAYLOAD_FIELD)).latents();
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Attended(rows, ExecutorModel.forTask(plan)) : rows;
  }

  private final class Attended implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final ExecutorModel.Held model;
    private final PassEncoder encoder;
    private String id = "";
    private float[] latents = {};
    private Map<String, Long> tokens = Map.of();
    private @Nullable Row piece;

    Attended(Iterator<Row> rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
      this.encoder = (PassEncoder) model.encoder();
    }

    @Override
    public boolean hasNext() {
      while (piece == null && rows.hasNext()) {
        Row row = rows.next();
        String its = row.getString(Staged.ID_FIELD);
        if (row.getInt(Staged.KIND_FIELD) == Staged.PIECE) {
          piece = its.equals(id) && !tokens.isEmpty() ? row : null;
        } else if (!its.equals(id) || tokens.isEmpty()) {
          id = its;
          latents = latents(model, row);
          tokens = Staged.counts(row, Staged.TOKENS_FIELD);
        }
      }
      return piece != null;
    }

    @Override
    public Row next() {
      if (!hasNext() || piece == null) {
        throw new NoSuchElementException("no more pieces");
      }
      long start = System.nanoTime();
      Subsequence part = SubsequenceBytes.read(piece.<byte[]>getAs(Staged.PAYLOAD_FIELD));
      piece = null;
      Node node = encoder.attend(pass, latents, tokens, part);
      byte[] bytes = model.nodes().write(node);
      long nanos = System.nanoTime() - start;
      metrics.kernelNanos.add(nanos);
      metrics.taskNanos.add(nanos);
      metrics.nativePeak.add(model.nativePeak());
      return Staged.node(id, node.modality(), node.index(), bytes);
    }
  }
}
