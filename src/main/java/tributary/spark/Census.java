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
 * more than once. Taken from its id column before the run where a record may have several rows or
 * duplicates refuse the run; else the staged rows tell both.
 *
 * @param rows rows of the input
 * @param records rows, or where a record has several rows, ids plus rows without one
 * @param duplicateIds ids that occur more than once, where a record is one row
 */
record Census(long rows, long records, long duplicateIds) {
  /**
   * @param ids one column `id`
   */
  static Census take(Dataset<Row> ids, boolean parts) {
    Column known = col("id").isNotNull();
    Row row =
        ids.groupBy("id")
            .agg(count(lit(1)).as("n"))
            .agg(
                sum("n"),
                sum(when(known, lit(1L)).otherwise(col("n"))),
                sum(when(known.and(col("n").gt(1)), lit(1L)).otherwise(lit(0L))))
            .first();
    long rows = row.isNullAt(0) ? 0 : row.getLong(0);
    return new Census(rows, parts ? number(row, 1) : rows, parts ? 0 : number(row, 2));
  }

  /** Of staged records, one row each. */
  static Census of(Results.Totals staged) {
    return new Census(staged.read(), staged.read(), staged.duplicateIds());
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
