package tributary.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.record.KnownRoots;
import tributary.record.Recipe;
import tributary.write.Outcome;

/**
 * Input rows to what is staged of their records; last, how many rows were read. Pulls its input row
 * by row, as it is pulled itself. Lives in a task, used by one thread.
 */
abstract class RecordRows implements Iterator<Row> {
  private final Iterator<Row> rows;
  private final TaskPlan.Reading plan;
  private final Recipe recipe;
  private final Cells cells;
  private final Metrics metrics;
  private final Deque<Staged> ready = new ArrayDeque<>();
  private @Nullable Row peeked;
  private @Nullable TaskRecord current;
  private boolean done;
  private long read;
  private long records;
  private @Nullable String lastId;

  RecordRows(
      Iterator<Row> rows, TaskPlan.Reading plan, Recipe recipe, Cells cells, Metrics metrics) {
    this.rows = rows;
    this.plan = plan;
    this.recipe = recipe;
    this.cells = cells;
    this.metrics = metrics;
  }

  /** After a record's last row: stages it, or keeps it until {@link #flush}. */
  abstract void ended(TaskRecord record);

  /** What is known of a record of one row, before it is read; none where nothing is. */
  Optional<? extends Staged> known(String id, Row row) {
    return Optional.empty();
  }

  /** What is known of a record's modalities. */
  KnownRoots roots(String id) {
    return KnownRoots.NONE;
  }

  /** After the last record: stages what was kept. */
  abstract void flush();

  /** After all is staged. */
  void over() {}

  /** Gives something out, behind what waits already. */
  void stage(Staged staged) {
    metrics.staged(staged);
    ready.add(staged);
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
        over();
        ready.add(new Staged.Read(read, records));
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
      record.row(row, cells);
      return;
    }
    peeked = row;
    metrics.records.add(1);
    metrics.tokens.add(record.finish());
    ended(record);
    current = null;
  }

  private static Rejected withoutId(Row row) {
    return row.isNullAt(TaskPlan.BAD_ID)
        ? new Rejected(Reason.NULL_ID, "the id is null")
        : new Rejected(
            Reason.NOT_UTF8,
            "the id is no UTF-8: "
                + row.getString(TaskPlan.BAD_ID)
                + " in hexadecimal (of any bytes"
                + " hex(...) makes an id)");
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
    if (row != null) {
      count(row.isNullAt(TaskPlan.ID) ? null : row.getString(TaskPlan.ID));
    }
    metrics.inputNanos.add(System.nanoTime() - start);
    return row;
  }

  /** What must be accounted for: from the rows themselves, whatever is made of them. */
  private void count(@Nullable String id) {
    read++;
    boolean more = plan.parts() && id != null && id.equals(lastId);
    records += more ? 0 : 1;
    lastId = id;
  }

  private void start(Row row) {
    Row keep = row.getStruct(TaskPlan.KEEP);
    if (row.isNullAt(TaskPlan.ID)) {
      metrics.records.add(1);
      Outcome outcome =
          new Outcome.Quarantined(null, plan.idColumn(), withoutId(row), cells.digest(row));
      stage(new Staged.Finished(outcome, keep));
      return;
    }
    String id = row.getString(TaskPlan.ID);
    if (!plan.parts() && !row.getBoolean(TaskPlan.DUPLICATE)) {
      Optional<? extends Staged> known = known(id, row);
      if (known.isPresent()) {
        metrics.records.add(1);
        stage(known.get());
        return;
      }
    }
    TaskRecord record = new TaskRecord(id, keep, plan, recipe, this::stage, roots(id));
    current = record;
    if (row.getBoolean(TaskPlan.DUPLICATE)) {
      record.reject(
          new Rejected(Reason.DUPLICATE_ID, "the id " + id + " stands more than once"),
          plan.idColumn(),
          row,
          cells);
    } else {
      record.row(row, cells);
    }
  }
}
