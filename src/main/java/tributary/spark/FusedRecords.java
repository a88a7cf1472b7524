package tributary.spark;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Every record of the input, through. On the driver.
 *
 * @param rows staged
 * @param totals counted from them
 * @param spread records whose groups were spread over the tasks
 * @param unchanged records that were not encoded, for their row is in the output; none where it was
 *     not looked at
 * @param untouched records that were not read; none where all were
 */
record FusedRecords(
    Dataset<Row> rows,
    Results.Totals totals,
    Census census,
    long spread,
    Optional<Unchanged> unchanged,
    Optional<Untouched> untouched) {
  /** The whole input was read. */
  FusedRecords(
      Dataset<Row> rows,
      Results.Totals totals,
      Census census,
      long spread,
      Optional<Unchanged> unchanged) {
    this(rows, totals, census, spread, unchanged, Optional.empty());
  }

  /** All of them encoded, or quarantined. */
  FusedRecords(Dataset<Row> rows, Results.Totals totals, Census census, long spread) {
    this(rows, totals, census, spread, Optional.empty());
  }

  /** How many were not encoded. */
  long known() {
    return unchanged.map(Unchanged::number).orElse(0L)
        + untouched.map(Untouched::number).orElse(0L);
  }

  /**
   * Records whose row is in the output.
   *
   * @param rows id, input_hash and keep
   * @param standing what the output is; none where that is not known
   */
  record Unchanged(Dataset<Row> rows, long number, Optional<Standing> standing) {
    Unchanged(Dataset<Row> rows, long number) {
      this(rows, number, Optional.empty());
    }

    /** Whether every row of the output stays as it is. */
    boolean isWhole() {
      return standing.filter(s -> s.isOf(number)).isPresent();
    }
  }

  /**
   * The output before the run.
   *
   * @param rows of it
   * @param distinct whether no id occurs twice in it
   * @param relabelled unchanged records whose kept columns are others there
   */
  record Standing(long rows, boolean distinct, long relabelled) {
    /** Whether it is the rows of so many records that are as they were, and no others. */
    boolean isOf(long records) {
      return distinct && rows == records && relabelled == 0;
    }
  }

  /**
   * Records that were not even read, for they are as they were in an earlier version of the input.
   *
   * @param since that version
   * @param number whose row is in the output
   * @param gone ids that the input has no more
   */
  record Untouched(String since, long number, Dataset<Row> gone) {}
}
