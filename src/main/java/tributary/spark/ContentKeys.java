package tributary.spark;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import tributary.read.Digest;
import tributary.record.OpenRecord;

/**
 * Input rows to the content hash of their records, with nothing decoded: one row a record, last one
 * that counts what was read. A record whose content can't be had, or whose parts are in no order,
 * has no hash: only what makes records of rows knows what is wrong with it.
 */
final class ContentKeys implements MapPartitionsFunction<Row, Row> {
  private final TaskPlan.Reading plan;

  /**
   * @param plan how rows are records
   */
  ContentKeys(TaskPlan.Reading plan) {
    this.plan = plan;
  }

  /** Columns id, input_hash, keep of a record; read, records of a count, with no id. */
  static StructType schema(StructType keep) {
    return new StructType()
        .add("id", DataTypes.StringType)
        .add("input_hash", DataTypes.StringType)
        .add("keep", keep)
        .add("read", DataTypes.LongType)
        .add("records", DataTypes.LongType);
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Records(rows) : rows;
  }

  /** One record's content, as {@link OpenRecord} takes it. */
  private static final class Content {
    private final @Nullable String id;
    private final Row keep;
    private @Nullable Digest digest = new Digest();
    private @Nullable Object lastPart;

    Content(@Nullable String id, Row keep) {
      this.id = id;
      this.keep = keep;
    }

    void add(Row row, boolean parts, Cells cells) {
      Digest open = digest;
      if (open == null) {
        return;
      }
      if (id == null || parts && !follows(row)) {
        digest = null;
        return;
      }
      try {
        for (OpenRecord.Cell cell : cells.of(row)) {
          open.text(cell.modality());
          cell.payload().digest(open);
        }
      } catch (RuntimeException unreadable) {
        digest = null;
      }
    }

    private boolean follows(Row row) {
      Object part = row.isNullAt(TaskPlan.PART) ? null : row.get(TaskPlan.PART);
      boolean follows = part != null && !part.equals(lastPart);
      lastPart = part;
      return follows;
    }

    Row row() {
      return RowFactory.create(id, digest == null ? null : digest.hex(), keep, null, null);
    }
  }

  private final class Records implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Cells cells = new Cells(plan.columns());
    private @Nullable Row next;
    private long read;
    private long records;
    private boolean done;

    Records(Iterator<Row> rows) {
      this.rows = rows;
      this.next = rows.next();
    }

    @Override
    public boolean hasNext() {
      return !done;
    }

    @Override
    public Row next() {
      if (done) {
        throw new NoSuchElementException("no more records");
      }
      Row row = next;
      if (row == null) {
        done = true;
        return RowFactory.create(null, null, null, read, records);
      }
      Content record = new Content(id(row), row.getStruct(TaskPlan.KEEP));
      do {
        record.add(row, plan.parts(), cells);
        read++;
        row = rows.hasNext() ? rows.next() : null;
      } while (row != null && plan.parts() && record.id != null && record.id.equals(id(row)));
      next = row;
      records++;
      return record.row();
    }

    private static @Nullable String id(Row row) {
      return row.isNullAt(TaskPlan.ID) ? null : row.getString(TaskPlan.ID);
    }
  }
}
