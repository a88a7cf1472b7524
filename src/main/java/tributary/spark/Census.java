package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What is in the input: the number of records that must be accounted for, and the ids that occur
 * more than once. Taken from its id column before the run where duplicates refuse the run; else the
 * staged rows tell both.
 *
 * @param rows rows of the input
 * @param records rows, or where a record has several rows, ids plus rows without one
 * @param duplicateIds ids that occur more than once, where a record is one row
 */
record Census(long rows, long records, long duplicateIds) {
  /**
   * Where a record is one row.
   *
   * @param ids one column `id`
   */
  static Census take(Dataset<Row> ids) {
    Column twice = col("id").isNotNull().and(col("n").gt(1));
    Row row =
        ids.groupBy("id")
            .agg(count(lit(1)).as("n"))
            .agg(sum("n"), sum(when(twice, lit(1L)).otherwise(lit(0L))))
            .first();
    return new Census(number(row, 0), number(row, 0), number(row, 1));
  }

  /** Of what is staged. */
  static Census of(Results.Totals staged) {
    return new Census(staged.read(), staged.records(), staged.duplicateIds());
  }

  private static long number(Row row, int field) {
    return row.isNullAt(field) ? 0 : row.getLong(field);
  }

  /** The ids that occur more than once. */
  static Dataset<Row> duplicates(Dataset<Row> ids) {
    return ids.filter(col("id").isNotNull())
        .groupBy("id")
        .agg(count(lit(1)).as("n"))
        .filter(col("n").gt(1))
        .select("id");
  }
}
