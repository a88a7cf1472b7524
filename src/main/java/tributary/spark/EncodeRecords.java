package tributary.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.write.Outcome;

/**
 * The first step, no shuffle: input rows to finished records, quarantined ones, and the pieces of
 * records that are too long for one task; last, how many rows were read. Pulls its input row by row
 * and holds at most a batch of tokens, one payload and, of a long record, one subsequence a
 * modality.
 */
final class EncodeRecords implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan plan;
  private final Metrics metrics;

  EncodeRecords(TaskPlan plan, Metrics metrics) {
    this.plan = plan;
    this.metrics = metrics;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Records(rows, ExecutorModel.forTask(plan)) : rows;
  }

  private final class Records implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final ExecutorModel.Held model;
    private final Deque<Staged> ready = new ArrayDeque<>();
    private final RecordBatch batch = new RecordBatch(plan);
    private @Nullable Row peeked;
    private @Nullable TaskRecord current;
    private boolean done;
    private long read;

    Records(Iterator<Row> rows, ExecutorModel.Held model) {
      this.rows = rows;
      this.model = model;
    }

    @Override
    public boolean hasNext() {
      if (ready.isEmpty() && !done) {
        long start = System.nanoTime();
        while (ready.isEmpty() && !done) {
          advance();
        }
        metrics.taskNanos.add(System.nanoTime() - start);
      }
      return !ready.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no more records");
      }
      return ready.remove().row();
    }

    /** One small step: a block of tokens, a row, or the end of a record or of all. */
    private void advance() {
      TaskRecord record = current;
      if (record == null) {
        Row row = nextRow();
        if (row == null) {
          flush();
          ready.add(new Staged.Read(read));
          done = true;
        } else {
          start(row);
        }
        return;
      }
      if (stepped(record)) {
        return;
      }
      Row row = plan.parts() ? nextRow() : null;
      if (row != null && record.id().equals(row.getString(TaskPlan.ID))) {
        record.row(row, model.cells());
        return;
      }
      peeked = row;
      close(record);
      current = null;
    }

    private boolean stepped(TaskRecord record) {
      long start = System.nanoTime();
      boolean more = record.step();
      metrics.readNanos.add(System.nanoTime() - start);
      return more;
    }

    private @Nullable Row nextRow() {
      if (peeked != null) {
        Row row = peeked;
        peeked = null;
        return row;
      }
      long start = System.nanoTime();
      Row row = rows.hasNext() ? rows.next() : null;
      read += row == null ? 0 : 1;
      metrics.inputNanos.add(System.nanoTime() - start);
      return row;
    }

    private void start(Row row) {
      Row keep = row.getStruct(TaskPlan.KEEP);
      if (row.isNullAt(TaskPlan.ID)) {
        Rejected why = new Rejected(Reason.NULL_ID, "the id is null");
        metrics.records.add(1);
        ready.add(
            new Staged.Finished(new Outcome.Quarantined(null, plan.idColumn(), why, null), keep));
        return;
      }
      String id = row.getString(TaskPlan.ID);
      TaskRecord record = new TaskRecord(id, keep, plan, model.recipe(), ready::add);
      current = record;
      if (row.getBoolean(TaskPlan.DUPLICATE)) {
        record.reject(
            new Rejected(Reason.DUPLICATE_ID, "the id " + id + " stands more than once"),
            plan.idColumn(),
            model.cells().digest(row));
      } else {
        record.row(row, model.cells());
      }
    }

    private void close(TaskRecord record) {
      metrics.records.add(1);
      metrics.tokens.add(record.finish());
      record
          .staged()
          .ifPresentOrElse(
              ready::add,
              () -> {
                batch.add(record);
                if (batch.isFull()) {
                  flush();
                }
              });
    }

    private void flush() {
      if (batch.isEmpty()) {
        return;
      }
      long start = System.nanoTime();
      ready.addAll(batch.encode(model.encoder()));
      metrics.kernelNanos.add(System.nanoTime() - start);
      metrics.nativePeak.add(model.nativePeak());
    }
  }
}
