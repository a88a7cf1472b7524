package tributary.spark;

import java.util.Iterator;
import java.util.Optional;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.merge.Node;
import tributary.record.KnownRoots;

/**
 * The first step, no shuffle: input rows to finished records, quarantined ones, and the pieces of
 * records that are too long for one task; last, how many rows were read. Pulls its input row by row
 * and holds at most a batch of tokens, one payload and, of a long record, one subsequence a
 * modality.
 */
final class EncodeRecords implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final Metrics metrics;
  private final @Nullable Broadcast<long[][]> known;

  EncodeRecords(TaskPlan plan, Metrics metrics) {
    this(plan, metrics, null);
  }

  /**
   * @param known records that are told to be known; null for none
   */
  EncodeRecords(TaskPlan plan, Metrics metrics, @Nullable Broadcast<long[][]> known) {
    this.plan = plan;
    this.metrics = metrics;
    this.known = known;
  }

  /** On the driver: of how many records something is known. */
  long known() {
    return known == null ? 0 : known.value()[0].length;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Records(rows, ExecutorModel.forTask(plan)) : rows;
  }

  private final class Records extends RecordRows {
    private final ExecutorModel.Held model;
    private final @Nullable KnownIndex index = known == null ? null : new KnownIndex(known.value());
    private final RecordBatch batch = new RecordBatch(plan);
    private final CheckpointWriter checkpoint = new CheckpointWriter(plan.checkpoint(), metrics);
    private final TaskRoots roots;

    Records(Iterator<Row> rows, ExecutorModel.Held model) {
      super(rows, plan.reading(), model.recipe(), model.cells(), metrics);
      this.model = model;
      this.roots = new TaskRoots(plan.roots(), model.nodes(), metrics);
    }

    @Override
    KnownRoots roots(String id) {
      return roots.of(id);
    }

    @Override
    Optional<? extends Staged> known(String id, Row row) {
      return index == null
          ? Optional.empty()
          : index.known(id, row.getStruct(TaskPlan.KEEP), () -> model.cells().digest(row));
    }

    @Override
    void stage(Staged staged) {
      super.stage(late(staged));
      checkpoint.add(staged);
    }

    /** A record that is in the output, whose content could not be had before it was read. */
    private Staged late(Staged staged) {
      if (index == null || !(staged instanceof Staged.Finished record)) {
        return staged;
      }
      Optional<Staged.Known> known =
          record
              .outcome()
              .match(
                  e -> index.known(e.id(), record.keep(), record::contentHash),
                  q -> Optional.empty());
      return known.filter(Staged.Known::inOutput).isPresent() ? known.get() : staged;
    }

    @Override
    void over() {
      checkpoint.close();
      roots.close();
    }

    @Override
    void ended(TaskRecord record) {
      if (record.isSpread()) {
        record.knownNodes().forEach(node -> stage(piece(record.id(), node)));
      }
      record
          .staged()
          .ifPresentOrElse(
              this::stage,
              () -> {
                batch.add(record);
                if (batch.isFull()) {
                  flush();
                }
              });
    }

    /** What is known is spread, too, and meets what is not with the header. */
    private Staged piece(String id, Node node) {
      return new Staged.Piece(id, node.modality(), node.index(), model.nodes().write(node));
    }

    @Override
    void flush() {
      if (batch.isEmpty()) {
        return;
      }
      long start = System.nanoTime();
      batch.encode(model.encoder(), roots).forEach(this::stage);
      metrics.kernelNanos.add(System.nanoTime() - start);
      metrics.nativePeak.add(model.nativePeak());
    }
  }
}
