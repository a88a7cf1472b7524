package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;
import tributary.read.Payload;
import tributary.read.Rejected;
import tributary.read.Rejected.Reason;
import tributary.record.OpenRecord;

/** Cells of a projected input row to payloads; one a task, used by one thread. */
final class Cells {
  private record Column(TaskPlan.ColumnPlan plan, CellForm.Reader reader) {
    /** Whatever is thrown here is this cell's fault alone. */
    Payload payload(Row row) {
      int field = plan.field();
      try {
        return reader.read(row, field);
      } catch (Rejected e) {
        return new Payload.Unreadable(e, new CellContent(row.get(field)));
      } catch (RuntimeException e) {
        Rejected why = new Rejected(Reason.UNREADABLE, "Cannot read the cell: " + e, e);
        return new Payload.Unreadable(why, new CellContent(row.get(field)));
      }
    }
  }

  private final List<Column> columns = new ArrayList<>();

  Cells(List<TaskPlan.ColumnPlan> plans) {
    plans.forEach(p -> columns.add(new Column(p, p.reader())));
  }

  /**
   * The cells that are not null, in the order of the job's modalities; among them those that no
   * payload can hold, such as a null among numbers.
   */
  List<OpenRecord.Cell> of(Row row) {
    List<OpenRecord.Cell> cells = new ArrayList<>();
    for (Column column : columns) {
      TaskPlan.ColumnPlan plan = column.plan();
      if (!row.isNullAt(plan.field())) {
        cells.add(new OpenRecord.Cell(plan.modality(), plan.column(), column.payload(row)));
      }
    }
    return cells;
  }

  /** SHA-256 of a row's cells, hex; null where they can't be read. */
  @Nullable String digest(Row row) {
    Digest digest = new Digest();
    try {
      for (Column column : columns) {
        // One payload at a time: files may be large.
        if (!row.isNullAt(column.plan().field())) {
          digest.text(column.plan().modality());
          column.payload(row).digest(digest);
        }
      }
      return digest.hex();
    } catch (RuntimeException unreadable) {
      return null;
    }
  }
}
