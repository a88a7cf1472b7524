package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The content hashes of all records of the input, as {@link ContentKeys} made them. On the driver.
 *
 * @param rows id, input_hash (null where it can't be had) and keep of every record
 * @param census of them
 * @param hashless records with an id and without a hash
 */
record KeyTable(Dataset<Row> rows, Census census, long hashless) {
  /**
   * Counts what was read, in one pass over it.
   *
   * @param read rows of {@link ContentKeys}, kept
   * @param parts whether a record may be several rows: then no id stands more than once
   */
  static KeyTable of(Dataset<Row> read, boolean parts) {
    Row counts =
        read.agg(
                sum("read"),
                sum("records"),
                count(when(col("id").isNotNull().and(col("input_hash").isNull()), 1)))
            .first();
    Dataset<Row> rows = read.filter(col("read").isNull()).select("id", "input_hash", "keep");
    long duplicates = parts ? 0 : Census.duplicates(rows.select("id")).count();
    Census census = new Census(number(counts, 0), number(counts, 1), duplicates);
    return new KeyTable(rows, census, counts.getLong(2));
  }

  private static long number(Row row, int field) {
    return row.isNullAt(field) ? 0 : row.getLong(field);
  }

  /** Records that can be known: they alone have their id, and a hash. */
  Dataset<Row> knowable() {
    Dataset<Row> hashed = rows.filter(col("id").isNotNull().and(col("input_hash").isNotNull()));
    if (census.duplicateIds() == 0) {
      return hashed;
    }
    Dataset<Row> duplicates =
        Census.duplicates(rows.select("id")).withColumnRenamed("id", "duplicate_id");
    return hashed.join(duplicates, col("id").equalTo(col("duplicate_id")), "left_anti");
  }
}
