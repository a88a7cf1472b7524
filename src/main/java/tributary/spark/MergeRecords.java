package tributary.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.encode.PassEncoder;
import tributary.merge.Node;
import tributary.read.Rejected;
import tributary.record.Fused;
import tributary.record.Fuser;
import tributary.record.ModalityRoot;
import tributary.spark.roots.RootWriter;
import tributary.write.Outcome;

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
   * The step after one pass of a {@link PassEncoder}: headers with the latents after it come out,
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

  /** What is staged, with a look at the next one. */
  private static final class Peeking {
    private final Iterator<Row> rows;
    private @Nullable Staged head;

    Peeking(Iterator<Row> rows) {
      this.rows = rows;
    }

    @Nullable Staged peek() {
      if (head == null && rows.hasNext()) {
        head = Staged.of(rows.next());
      }
      return head;
    }

    Staged take() {
      Staged next = peek();
      if (next == null) {
        throw new NoSuchElementException("no more rows");
      }
      head = null;
      return next;
    }
  }

  /** The nodes of a record as they are passed on, kept while they are few. */
  private static final class Seen {
    private final Map<String, List<Node>> all = new TreeMap<>();
    private long bytes;

    Iterator<Node> of(String modality, Iterator<Node> nodes) {
      all.put(modality, new ArrayList<>());
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return nodes.hasNext();
        }

        @Override
        public Node next() {
          Node node = nodes.next();
          bytes += (long) node.latents().length * Float.BYTES;
          if (bytes > RootWriter.LARGEST) {
            all.clear();
          } else {
            all.computeIfPresent(modality, (m, own) -> with(own, node));
          }
          return node;
        }
      };
    }

    private static List<Node> with(List<Node> own, Node node) {
      own.add(node);
      return own;
    }
  }

  private final class Merged implements Iterator<Row> {
    private final Peeking rows;
    private final ExecutorModel.Held model;
    private final CheckpointWriter checkpoint = new CheckpointWriter(plan.checkpoint(), metrics);
    private final TaskRoots roots;

    Merged(Peeking rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
      this.roots = new TaskRoots(pass == NONE ? plan.roots() : null, model.nodes(), metrics);
    }

    @Override
    public boolean hasNext() {
      Staged next = rows.peek();
      while (next != null && !(next instanceof Staged.Header)) {
        rows.take();
        next = rows.peek();
      }
      if (next == null) {
        checkpoint.close();
        roots.close();
      }
      return next != null;
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more records");
      }
      long start = System.nanoTime();
      Staged merged = merged((Staged.Header) rows.take());
      long nanos = System.nanoTime() - start;
      metrics.kernelNanos.add(nanos);
      metrics.taskNanos.add(nanos);
      checkpoint.add(merged);
      return merged.row();
    }

    private Staged merged(Staged.Header header) {
      Map<String, Iterator<Node>> nodes = new TreeMap<>();
      Seen seen = new Seen();
      header.tokens().forEach((m, n) -> nodes.put(m, nodes(header.id(), m, n)));
      header.hashes().keySet().forEach(m -> nodes.computeIfPresent(m, seen::of));
      try {
        if (pass != NONE) {
          return passed(header, passes().next(pass, latents(header), nodes));
        }
        Staged finished = finished(header, model.encoder().finish(nodes));
        seen.all.forEach((m, own) -> keep(header, m, own));
        return finished;
      } catch (Rejected e) {
        return new Staged.Finished(
            new Outcome.Quarantined(header.id(), "", e, header.inputHash()),
            header.keep(),
            header.inputHash());
      }
    }

    private void keep(Staged.Header h, String modality, List<Node> nodes) {
      long tokens = h.tokens().getOrDefault(modality, 0L);
      long leftOut = h.leftOut().getOrDefault(modality, 0L);
      roots.keep(
          h.id(), modality, h.hashes().get(modality), new ModalityRoot(tokens, leftOut, nodes));
    }

    private Staged finished(Staged.Header h, float[] embedding) {
      Fused fused = new Fused(Fuser.finite(embedding), h.tokens(), h.leftOut(), h.inputHash());
      return new Staged.Finished(new Outcome.Embedded(h.id(), fused), h.keep());
    }

    /** After the last pass the embedding, else the header with the latents for the next. */
    private Staged passed(Staged.Header h, float[] latents) {
      if (pass == passes().passes() - 1) {
        return finished(h, passes().embedding(latents));
      }
      byte[] bytes = model.nodes().write(new Node("", pass, 0, 0, latents));
      return new Staged.Header(
          h.id(), h.tokens(), h.leftOut(), h.inputHash(), h.keep(), bytes, h.hashes());
    }

    private PassEncoder passes() {
      return (PassEncoder) model.encoder();
    }

    private float[] latents(Staged.Header header) {
      return AttendPieces.latents(model, header.latents());
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
          Staged next = rows.peek();
          if (!(next instanceof Staged.Node node)
              || !id.equals(node.id())
              || !modality.equals(node.modality())
              || node.index() != seen) {
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
                    + next);
          }
          seen++;
          rows.take();
          return model.nodes().read(node.node());
        }
      };
    }
  }
}
