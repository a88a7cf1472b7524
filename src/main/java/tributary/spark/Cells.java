package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;
import tributary.read.Rejected;
import tributary.record.OpenRecord;

/** Cells of a projected input row to payloads; one a task, used by one thread. */
final class Cells {
  private record Column(TaskPlan.ColumnPlan plan, CellForm.Reader reader) {}

  private final List<Column> columns = new ArrayList<>();

  Cells(List<TaskPlan.ColumnPlan> plans) {
    plans.forEach(p -> columns.add(new Column(p, p.form().reader())));
  }

  /**
   * The cells that are not null, in the order of the job's modalities.
   *
   * @throws Rejected for what no payload can hold: a null among numbers, a wrong width
   */
  List<OpenRecord.Cell> of(Row row) {
    List<OpenRecord.Cell> cells = new ArrayList<>();
    for (Column column : columns) {
      TaskPlan.ColumnPlan plan = column.plan();
      if (!row.isNullAt(plan.field())) {
        cells.add(
            new OpenRecord.Cell(
                plan.modality(), plan.column(), column.reader().read(row, plan.field())));
      }
    }
    return cells;
  }

  /** SHA-256 of a row's cells, hex; null where they can't be read. */
  @Nullable String digest(Row row) {
    Digest digest = new Digest();
    try {
      for (OpenRecord.Cell cell : of(row)) {
        digest.text(cell.modality());
        cell.payload().digest(digest);
      }
      return digest.hex();
    } catch (Rejected unreadable) {
      return null;
    }
  }
}
