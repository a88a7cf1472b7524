package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.lit;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/**
 * The one commit by which a run's rows come into a table that has commits, and the look at what the
 * table says then. On the driver.
 */
final class TableCommit {
  private final CommittedTable table;
  private final Sink sink;
  private final CommittedTable.Commit commit;

  private TableCommit(CommittedTable table, Sink sink, String run, String owner) {
    this.table = table;
    this.sink = sink;
    table.clear(owner);
    this.commit = new CommittedTable.Commit(run, owner, table.state());
  }

  /**
   * Before the table's rows are looked at; what runs before left unseen is removed.
   *
   * @param run its name in the history
   * @param owner digest of the history's place
   * @return none where the format has no commits
   */
  static Optional<TableCommit> begin(SparkSession spark, Sink sink, String run, String owner) {
    return CommittedTable.of(spark, sink).map(t -> new TableCommit(t, sink, run, owner));
  }

  /**
   * Refuses columns that the table can't get.
   *
   * @param wanted columns of the run's rows
   */
  void requireColumns(StructType wanted) {
    if (table.changesColumns() || !table.exists()) {
      return;
    }
    Set<String> there = Set.of(table.read().columns());
    if (!there.equals(Set.of(wanted.fieldNames()))) {
      Problems problems = new Problems();
      problems.invalid(
          "output.path",
          sink.path(),
          "a table with the columns "
              + List.of(wanted.fieldNames())
              + ", which has "
              + there
              + "; of an Iceberg table that is named by its path they can't be changed: use output.table");
      problems.refuse();
    }
  }

  /**
   * Writes.
   *
   * @param fresh rows that the run made
   * @param both the table before with them; none where nothing is there or nothing of it stays
   * @param whole what the table is to be, in mode merge; else the fresh rows
   * @throws IllegalStateException where the table does not say afterwards what was written
   */
  void write(Dataset<Row> fresh, Optional<MergedTable> both, Dataset<Row> whole, String runId) {
    if (!table.exists()) {
      RowSums wanted = sums(fresh, fresh.schema());
      table.create(fresh, commit);
      publish(wanted, lit(true), fresh.schema());
    } else if (sink.mode() == Sink.Mode.APPEND && both.isPresent()) {
      append(fresh, both.get(), runId);
    } else if (sink.mode() == Sink.Mode.MERGE && both.isPresent()) {
      merge(whole, both.get());
    } else {
      replace(whole, sameColumns(whole));
    }
  }

  /**
   * Adds rows in mode append, else puts them in the place of all.
   *
   * @throws IllegalStateException where the table does not say afterwards what was written
   */
  void put(Dataset<Row> rows) {
    if (sink.mode() != Sink.Mode.APPEND || !table.exists()) {
      write(rows, Optional.empty(), rows, "");
    } else if (!rows.isEmpty()) {
      table.append(rows, commit);
      table.publish(commit);
    }
  }

  private boolean sameColumns(Dataset<Row> rows) {
    return Set.of(table.read().columns()).equals(Set.of(rows.columns()));
  }

  private void append(Dataset<Row> fresh, MergedTable both, String runId) {
    if (!both.sameColumns()) {
      replace(both.appended(), false);
      return;
    }
    RowSums more = sums(fresh, fresh.schema());
    if (more.rows() == 0) {
      return;
    }
    Column own = col("run_id").equalTo(runId);
    RowSums before = sums(table.read().filter(own), fresh.schema());
    table.append(fresh, commit);
    publish(before.plus(more), own, fresh.schema());
  }

  private void merge(Dataset<Row> whole, MergedTable both) {
    Dataset<Row> there = both.there();
    if (!both.sameColumns() || !isOneRowAnId(there)) {
      replace(whole, both.sameColumns());
      return;
    }
    RowSums wanted = sums(whole, whole.schema());
    if (wanted.equals(sums(there, whole.schema()))) {
      return;
    }
    table.merge(whole, there, commit);
    publish(wanted, lit(true), whole.schema());
  }

  private static boolean isOneRowAnId(Dataset<Row> there) {
    Row counts = there.agg(count(lit(1)), countDistinct(col("id"))).first();
    return counts.getLong(0) == counts.getLong(1);
  }

  private void replace(Dataset<Row> rows, boolean sameColumns) {
    RowSums wanted = sums(rows, rows.schema());
    table.replace(rows, sameColumns, commit);
    publish(wanted, lit(true), rows.schema());
  }

  private static RowSums sums(Dataset<Row> rows, StructType columns) {
    Column[] sums = RowSums.aggregates(RowSums.hash(columns, Arrays.asList(columns.fieldNames())));
    return RowSums.of(rows.agg(sums[0], sums[1], sums[2]).first());
  }

  /**
   * Compares the commit with what was written; readers see it then, where they didn't yet.
   *
   * @param which rows
   */
  private void publish(RowSums wanted, Column which, StructType columns) {
    RowSums found = sums(table.written(commit).filter(which), columns);
    if (!found.equals(wanted)) {
      String wrong =
          "%s is not what was written to it: it has %d rows of %d, or others"
              .formatted(sink.path(), found.rows(), wanted.rows());
      if (table.isSeen(commit)) {
        throw new Wrong(
            wrong
                + "; this run's commit is "
                + commit.run()
                + ", by which the table can be restored");
      }
      table.clear(commit.owner());
      throw new IllegalStateException("Cannot publish " + wrong + "; no reader saw it");
    }
    table.publish(commit);
  }

  /** The table has a commit that is not as it should be. */
  static final class Wrong extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private Wrong(String message) {
      super(message);
    }
  }
}
