package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
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
   * @throws tributary.read.Rejected for what no payload can hold: a null among numbers, a wrong
   *     width
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
}
