package tributary.spark;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.encode.PassEncoder;
import tributary.merge.Node;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.record.Fuser;

/**
 * The third step, for records that are spread: rows sorted by id, kind, modality and index, the
 * header first; to one finished record a header. Nodes without a header belong to a record that was
 * quarantined after some of its pieces had gone out: they are passed over.
 */
final class MergeRecords implements MapPartitionsFunction<Row, Row> {
  /** No pass: nodes finish at once. */
  private static final int NONE = -1;

  private final TaskPlan plan;
  private final Metrics metrics;
  private final int pass;

  MergeRecords(TaskPlan plan, Metrics metrics) {
    this(plan, metrics, NONE);
  }

  /**
   * The same after one pass of a {@link PassEncoder}: headers with the latents after it come out,
   * finished records after the last.
   */
  MergeRecords(TaskPlan plan, Metrics metrics, int pass) {
    this.plan = plan;
    this.metrics = metrics;
    this.pass = pass;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows;
    }
    ExecutorModel.Held model = ExecutorModel.forTask(plan);
    return new Merged(new Peeking(rows), model);
  }

  private static final float[] NO_LATENTS = {};

  /** Rows with a look at the next one. */
  private static final class Peeking {
    private final Iterator<Row> rows;
    private @Nullable Row head;

    Peeking(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Nullable Row peek() {
      if (head == null && rows.hasNext()) {
        head = rows.next();
      }
      return head;
    }

    Row take() {
      Row row = peek();
      if (row == null) {
        throw new NoSuchElementException("no more rows");
      }
      head = null;
      return row;
    }
  }

  private final class Merged implements Iterator<Row> {
    private final Peeking rows;
    private final ExecutorModel.Held model;

    Merged(Peeking rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
    }

    @Override
    public boolean hasNext() {
      Row row = rows.peek();
      while (row != null && row.getInt(Staged.KIND_FIELD) != Staged.HEADER) {
        rows.take();
        row = rows.peek();
      }
      return row != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more records");
      }
      long start = System.nanoTime();
      Row header = rows.take();
      String id = header.getString(Staged.ID_FIELD);
      SortedMap<String, Long> tokens = Staged.counts(header, Staged.TOKENS_FIELD);
      Map<String, Iterator<Node>> nodes = new TreeMap<>();
      tokens.forEach((m, n) -> nodes.put(m, nodes(id, m, n)));
      String hash = header.getString(Staged.INPUT_HASH_FIELD);
      Row keep = header.isNullAt(Staged.KEEP_FIELD) ? null : header.getStruct(Staged.KEEP_FIELD);
      Row result;
      try {
        SortedMap<String, Long> leftOut = Staged.counts(header, Staged.LEFT_OUT_FIELD);
        float[] latents = pass == NONE ? NO_LATENTS : passed(header, nodes);
        if (pass == NONE || pass == passes().passes() - 1) {
          float[] embedding =
              Fuser.finite(
                  pass == NONE ? model.encoder().finish(nodes) : passes().embedding(latents));
          result = Staged.done(id, new Fused(embedding, tokens, leftOut, hash), keep);
        } else {
          byte[] bytes = model.nodes().write(new Node("", pass, 0, 0, latents));
          result = Staged.header(id, tokens, leftOut, hash, keep, bytes);
        }
      } catch (Rejected e) {
        result = Staged.quarantined(id, "", e, hash, keep);
      }
      long nanos = System.nanoTime() - start;
      metrics.kernelNanos.add(nanos);
      metrics.taskNanos.add(nanos);
      return result;
    }

    private PassEncoder passes() {
      return (PassEncoder) model.encoder();
    }

    private float[] passed(Row header, Map<String, Iterator<Node>> nodes) {
      return passes().next(pass, AttendPieces.latents(model, header), nodes);
    }

    /**
     * The nodes of one modality, straight from the sorted rows: modalities must be used up in the
     * order of their names.
     */
    private Iterator<Node> nodes(String id, String modality, long tokens) {
      long unit = model.recipe().subsequenceTokens();
      long expected = (tokens + unit - 1) / unit;
      return new Iterator<>() {
        private long seen;

        @Override
        public boolean hasNext() {
          return seen < expected;
        }

        @Override
        public Node next() {
          if (!hasNext()) {
            throw new NoSuchElementException("no more nodes of " + modality + " of " + id);
          }
          Row row = rows.peek();
          if (row == null
              || row.getInt(Staged.KIND_FIELD) != Staged.NODE
              || !id.equals(row.getString(Staged.ID_FIELD))
              || !modality.equals(row.getString(Staged.MODALITY_FIELD))
              || row.getLong(Staged.INDEX_FIELD) != seen) {
            throw new IllegalStateException(
                "Cannot merge record "
                    + id
                    + ": node "
                    + seen
                    + " of "
                    + expected
                    + " of "
                    + modality
                    + " is missing, found "
                    + row);
          }
          seen++;
          return model.nodes().read(rows.take().<byte[]>getAs(Staged.PAYLOAD_FIELD));
        }
      };
    }
  }
}
