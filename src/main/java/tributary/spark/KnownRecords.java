package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The records of an input that need not be encoded, for they were: their row is in the output, or
 * they are in a checkpoint, with the same id and content, of the same model and recipe. On the
 * driver.
 *
 * @param keys of all records
 * @param unchanged id, input_hash and keep of those whose row is in the output, kept
 * @param unchangedRecords their number
 * @param resumed those that are in the checkpoint alone, staged, kept
 * @param resumedRecords their number
 */
record KnownRecords(
    KeyTable keys,
    Dataset<Row> unchanged,
    long unchangedRecords,
    Dataset<Row> resumed,
    long resumedRecords) {
  /** So many ids are small enough to be sent to every task. */
  private static final long FEW = 1_000_000;

  private static final Column SAME =
      col("id").equalTo(col("known_id")).and(col("input_hash").equalTo(col("known_hash")));

  /**
   * Compares keys with what there is.
   *
   * @param there id and input_hash of the output's rows of this model and recipe, in any number
   * @param checkpoint staged records by id and input_hash, each once; their columns `keep` are none
   * @param keep what is read more than once
   */
  static KnownRecords of(
      KeyTable keys,
      Dataset<Row> there,
      Dataset<Row> checkpoint,
      UnaryOperator<Dataset<Row>> keep) {
    Dataset<Row> knowable = keys.knowable();
    Dataset<Row> unchanged = keep.apply(knowable.join(known(there), SAME, "left_semi"));
    long unchangedRecords = unchanged.count();
    Dataset<Row> others = knowable.join(known(unchanged), SAME, "left_anti");
    Dataset<Row> resumed = keep.apply(resumed(others, checkpoint));
    return new KnownRecords(keys, unchanged, unchangedRecords, resumed, resumed.count());
  }

  /**
   * Staged rows with the columns that the input has now.
   *
   * @param keys id, input_hash and keep of records, each once
   * @param checkpoint staged records by id and input_hash, each once
   */
  static Dataset<Row> resumed(Dataset<Row> keys, Dataset<Row> checkpoint) {
    Column[] staged =
        Arrays.stream(checkpoint.columns())
            .map(c -> c.equals("keep") ? col("known_keep").as("keep") : col(c))
            .toArray(Column[]::new);
    Dataset<Row> now =
        keys.select(
            col("id").as("known_id"),
            col("input_hash").as("known_hash"),
            col("keep").as("known_keep"));
    return checkpoint.drop("keep").join(now, SAME).select(staged);
  }

  private static Dataset<Row> known(Dataset<Row> ids) {
    return ids.select(col("id").as("known_id"), col("input_hash").as("known_hash"));
  }

  /** Records that must be encoded, or told to be in the quarantine. */
  long others() {
    return keys.census().records() - unchangedRecords - resumedRecords;
  }

  /** Rows of the projected input that belong to those. */
  Dataset<Row> others(Dataset<Row> input) {
    Dataset<Row> known = unchanged.select("id").union(resumed.select("id"));
    long number = unchangedRecords + resumedRecords;
    if (number == 0) {
      return input;
    }
    if (number <= others()) {
      return input.join(few(known, number), col("id").equalTo(col("known_id")), "left_anti");
    }
    Dataset<Row> rest =
        keys.rows()
            .select("id")
            .join(
                known.withColumnRenamed("id", "known_id"),
                col("id").equalTo(col("known_id")),
                "left_anti");
    // The rows without an id are among them.
    return input.join(few(rest, others()), col("id").eqNullSafe(col("known_id")), "left_semi");
  }

  private static Dataset<Row> few(Dataset<Row> ids, long number) {
    Dataset<Row> named = ids.select(col("id").as("known_id"));
    return number <= FEW ? broadcast(named) : named;
  }

  /**
   * After the other records were read again.
   *
   * @param staged what became of them
   * @throws IllegalStateException if one is not what it was when the keys were made
   */
  private void requireUnchanged(Dataset<Row> staged) {
    Dataset<Row> now =
        staged
            .filter(not(Staged.Kind.PIECE.holds()).and(not(Staged.Kind.READ.holds())))
            .filter(col("id").isNotNull())
            .select("id", "input_hash");
    Column same =
        col("id")
            .equalTo(col("known_id"))
            .and(
                col("known_hash")
                    .isNull()
                    .or(col("input_hash").isNull())
                    .or(col("known_hash").equalTo(col("input_hash"))));
    Dataset<Row> changed = now.join(known(keys.rows()), same, "left_anti");
    if (!changed.isEmpty()) {
      throw new IllegalStateException(
          "Cannot account for every record: "
              + changed.first().getString(0)
              + " changed while the input was read, once for what is known of it and once to encode it");
    }
  }

  /**
   * All records of the input: what is known of some, and what came of the others.
   *
   * @param there id and input_hash of the output's rows of this model and recipe
   * @throws IllegalStateException as {@link #requireUnchanged}
   */
  FusedRecords with(FusedRecords others, Dataset<Row> there, UnaryOperator<Dataset<Row>> keep) {
    requireUnchanged(others.rows());
    Dataset<Row> rows = others.rows();
    Results.Totals totals = others.totals();
    Dataset<Row> all = unchanged;
    long number = unchangedRecords;
    Dataset<Row> late = keys.hashless() == 0 ? null : keep.apply(knownLate(rows, there));
    long lateRecords = late == null ? 0 : late.count();
    if (late != null && lateRecords > 0) {
      all = unchanged.union(late);
      number += lateRecords;
      rows = rows.join(known(late), SAME, "left_anti");
      totals = Results.count(rows);
    }
    return new FusedRecords(
        rows.union(resumed),
        totals.plus(Results.count(resumed)).plus(Results.Totals.ofHash(Results.known(all).hash())),
        keys.census(),
        others.spread(),
        Optional.of(new FusedRecords.Unchanged(all, number)));
  }

  /**
   * Encoded records whose content couldn't be had when the keys were made, and which are in the
   * output all the same: id, input_hash, keep.
   *
   * @param there id and input_hash of the output's rows of this model and recipe
   */
  private static Dataset<Row> knownLate(Dataset<Row> staged, Dataset<Row> there) {
    return staged
        .filter(Staged.Kind.DONE.holds())
        .join(known(there), SAME, "left_semi")
        .select("id", "input_hash", "keep");
  }
}
