package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The records of an input that are looked at again: those that a commit touched since the run
 * before, those that it quarantined, and those without an id. All others have the row in the output
 * that they had. Which records there are is known of the id column of the whole table. On the
 * driver.
 *
 * @param since the version that the run before had read
 * @param rows of the records that are looked at, projected
 * @param number of their ids
 * @param others id of all others, each once
 * @param gone id of those that were touched and are not in the input any more
 * @param inputRows of the whole input
 * @param inputRecords of the whole input
 */
record ChangedRecords(
    String since,
    Dataset<Row> rows,
    long number,
    Dataset<Row> others,
    Dataset<Row> gone,
    long inputRows,
    long inputRecords) {
  /** So many ids are small enough to be sent to every task. */
  private static final long FEW = 1_000_000;

  /** So many are written into the query: then a source can pass over files without them. */
  private static final long NAMED = 1_000;

  /**
   * Finds them.
   *
   * @param input projected, at its version
   * @param feed what commits added and removed since, projected, with {@link VersionedInput#ADDED}
   *     and {@link VersionedInput#AT}
   * @param quarantined ids by the run before, null where they had none
   * @param standing ids that the output has, where the feed does not tell what was removed
   * @param parts whether a record may be several rows
   * @param keep what is read more than once
   */
  static ChangedRecords of(
      String since,
      Dataset<Row> input,
      Dataset<Row> feed,
      Dataset<Row> quarantined,
      Optional<Dataset<Row>> standing,
      boolean parts,
      UnaryOperator<Dataset<Row>> keep) {
    Dataset<Row> ids =
        planned(keep.apply(input.select("id").groupBy("id").agg(count(lit(1)).as("input_rows"))));
    Dataset<Row> again = standing.map(s -> quarantined.union(gone(s, ids))).orElse(quarantined);
    Dataset<Row> touched = planned(keep.apply(touched(feed, again, ids)));
    Row counts =
        ids.agg(sum("input_rows"), count("id"), sum(when(col("id").isNull(), col("input_rows"))))
            .first();
    long inputRows = number(counts, 0);
    long nameless = number(counts, 2);
    Column there = col("input_rows").gt(0);
    // A row that the last commit added is still there, and it is the only one.
    Column fed =
        there.and(lit(!parts)).and(col("input_rows").equalTo(1)).and(col("last_added").equalTo(1));
    Row numbers = touched.agg(count(lit(1)), count(when(fed, 1)), count(when(there, 1))).first();
    long read = numbers.getLong(1);
    long lookedUp = numbers.getLong(2) - read;
    Dataset<Row> rows = fed(feed, touched.filter(fed), read, input.columns());
    if (lookedUp > 0) {
      rows = rows.union(lookedUp(input, touched.filter(there.and(functions.not(fed))), lookedUp));
    }
    if (nameless > 0) {
      rows = rows.union(input.filter(col("id").isNull()));
    }
    return new ChangedRecords(
        since,
        planned(rows),
        numbers.getLong(2),
        ids.filter(col("id").isNotNull())
            .select("id")
            .join(few(touched, numbers.getLong(0), "touched_id"), is("touched_id"), "left_anti"),
        touched.filter(functions.not(there)).select("id"),
        inputRows,
        parts ? number(counts, 1) + nameless : inputRows);
  }

  /** Ids that the input has no more. */
  private static Dataset<Row> gone(Dataset<Row> standing, Dataset<Row> ids) {
    return standing
        .select(col("id"))
        .join(ids.select(col("id").as("there_id")), is("there_id"), "left_anti");
  }

  /** Without the plan that makes them, which every later one would have in it several times. */
  private static Dataset<Row> planned(Dataset<Row> rows) {
    return rows.sparkSession().createDataFrame(rows.toJavaRDD(), rows.schema());
  }

  private static long number(Row row, int field) {
    return row.isNullAt(field) ? 0 : row.getLong(field);
  }

  /** Columns id, last_at, last_added: of the last commit that touched it; input_rows: 0 if gone. */
  private static Dataset<Row> touched(
      Dataset<Row> feed, Dataset<Row> quarantined, Dataset<Row> ids) {
    Dataset<Row> fed =
        feed.filter(col("id").isNotNull())
            .select(
                col("id"),
                col(VersionedInput.AT),
                when(col(VersionedInput.ADDED), 1L).otherwise(0L).as("one"))
            .groupBy("id", VersionedInput.AT)
            .agg(sum("one").as("added"))
            .groupBy("id")
            .agg(
                max(VersionedInput.AT).as("last_at"),
                max_by(col("added"), col(VersionedInput.AT)).as("last_added"));
    // Text tables have an empty id as none.
    Dataset<Row> again =
        quarantined.select(coalesce(col("id"), lit("")).as("id"), lit(-1L), lit(0L));
    return fed.union(again)
        .groupBy("id")
        .agg(
            max("last_at").as("last_at"),
            max_by(col("last_added"), col("last_at")).as("last_added"))
        .join(ids.select(col("id").as("known_id"), col("input_rows")), is("known_id"), "left_outer")
        .select(
            col("id"),
            col("last_at"),
            col("last_added"),
            coalesce(col("input_rows"), lit(0L)).as("input_rows"));
  }

  private static Dataset<Row> fed(
      Dataset<Row> feed, Dataset<Row> ids, long number, String[] columns) {
    Dataset<Row> last = ids.select(col("id").as("fed_id"), col("last_at").as("fed_at"));
    return feed.filter(col(VersionedInput.ADDED))
        .join(
            number <= FEW ? broadcast(last) : last,
            is("fed_id").and(col(VersionedInput.AT).equalTo(col("fed_at"))),
            "left_semi")
        .select(Arrays.stream(columns).map(functions::col).toArray(Column[]::new));
  }

  private static Dataset<Row> lookedUp(Dataset<Row> input, Dataset<Row> ids, long number) {
    if (number <= NAMED) {
      List<Row> named = ids.select("id").collectAsList();
      return input.filter(col("id").isin(named.stream().map(r -> r.getString(0)).toArray()));
    }
    return input.join(few(ids, number, "looked_up"), is("looked_up"), "left_semi");
  }

  private static Column is(String other) {
    return col("id").equalTo(col(other));
  }

  private static Dataset<Row> few(Dataset<Row> ids, long number, String name) {
    Dataset<Row> named = ids.select(col("id").as(name));
    return number <= FEW ? broadcast(named) : named;
  }

  /**
   * All records of the input.
   *
   * @param fused those that were looked at
   * @param there id and input_hash of the output's rows of this model and recipe
   */
  FusedRecords with(FusedRecords fused, Dataset<Row> there, UnaryOperator<Dataset<Row>> keep) {
    Dataset<Row> left =
        keep.apply(
            there
                .select("id", "input_hash")
                .join(others.withColumnRenamed("id", "other_id"), is("other_id"), "left_semi"));
    return new FusedRecords(
        fused.rows(),
        fused.totals().plus(Results.Totals.ofHash(Results.hash(left))),
        new Census(inputRows, inputRecords, fused.census().duplicateIds()),
        fused.spread(),
        fused.unchanged(),
        Optional.of(new FusedRecords.Untouched(since, left.count(), gone)));
  }
}
