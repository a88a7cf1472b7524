package tributary.spark;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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
 * @param counted of their rows, where no id occurs twice among them
 * @param others id of all others, each once
 * @param gone id of those that were touched and are not in the input any more
 * @param inputRows of the whole input
 * @param inputRecords of the whole input
 */
record ChangedRecords(
    String since,
    Dataset<Row> rows,
    long number,
    Optional<Census> counted,
    Dataset<Row> others,
    Dataset<Row> gone,
    long inputRows,
    long inputRecords) {
  /** So many ids are small enough to be sent to every task. */
  private static final long FEW = 1_000_000;

  /** Ids that no commit touched are at this one, and those that are looked at all the same. */
  private static final long UNTOUCHED = -2;

  private static final long AGAIN = -1;

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
   */
  static ChangedRecords of(
      String since,
      Dataset<Row> input,
      Dataset<Row> feed,
      Dataset<Row> quarantined,
      Optional<Dataset<Row>> standing,
      boolean parts) {
    Dataset<Row> ids = planned(ids(input, feed, quarantined, standing));
    Column there = col("input_rows").gt(0);
    Column touched = col("id").isNotNull().and(not(col("last_at").equalTo(UNTOUCHED)));
    // A row that the last commit added is still there, and it is the only one.
    Column alone = col("input_rows").equalTo(1);
    Column fed = touched.and(lit(!parts)).and(alone).and(col("last_added").equalTo(1));
    Column lookedUp = touched.and(there).and(not(fed));
    Row counts =
        ids.agg(
                sum("input_rows"),
                count(when(col("id").isNotNull().and(there), 1)),
                sum(when(col("id").isNull(), col("input_rows"))),
                count(when(fed, 1)),
                count(when(lookedUp, 1)),
                count(when(lookedUp.and(not(alone)), 1)))
            .first();
    long inputRows = number(counts, 0);
    long nameless = number(counts, 2);
    long read = counts.getLong(3);
    long again = counts.getLong(4);
    Dataset<Row> rows = fed(feed, ids.filter(fed), read, input.columns());
    if (again > 0) {
      rows = rows.union(lookedUp(input, ids.filter(lookedUp), again));
    }
    if (nameless > 0) {
      rows = rows.union(input.filter(col("id").isNull()));
    }
    return new ChangedRecords(
        since,
        planned(rows),
        read + again,
        !parts && counts.getLong(5) == 0
            ? Optional.of(new Census(read + again + nameless, read + again + nameless, 0))
            : Optional.empty(),
        ids.filter(col("id").isNotNull().and(not(touched))).select("id"),
        ids.filter(touched.and(not(there))).select("id"),
        inputRows,
        parts ? counts.getLong(1) + nameless : inputRows);
  }

  /**
   * Every id of the input and of what else is to be looked at, by one shuffle: id; last_at, the
   * last commit that touched it; last_added, the rows that this one added; input_rows.
   */
  private static Dataset<Row> ids(
      Dataset<Row> input,
      Dataset<Row> feed,
      Dataset<Row> quarantined,
      Optional<Dataset<Row>> standing) {
    Dataset<Row> fed =
        told(
            feed.filter(col("id").isNotNull()),
            col("id"),
            col(VersionedInput.AT).cast("long"),
            when(col(VersionedInput.ADDED), 1L).otherwise(0L));
    // Text tables have an empty id as none.
    Dataset<Row> again = told(quarantined, coalesce(col("id"), lit("")), lit(AGAIN), lit(0L));
    Dataset<Row> others = fed.union(again);
    if (standing.isPresent()) {
      others = others.union(told(standing.get(), col("id"), lit(UNTOUCHED), lit(0L)));
    }
    Column gone = col("at").equalTo(UNTOUCHED).and(col("input_rows").equalTo(0));
    return told(input, col("id"), lit(UNTOUCHED), lit(0L))
        .withColumn("input_rows", lit(1L))
        .union(others.withColumn("input_rows", lit(0L)))
        .repartition(col("id"))
        .groupBy("id", "at")
        .agg(sum("added").as("added"), sum("input_rows").as("input_rows"))
        .groupBy("id")
        .agg(
            max("at").as("at"),
            max_by(col("added"), col("at")).as("last_added"),
            sum("input_rows").as("input_rows"))
        .select(
            col("id"),
            when(gone, AGAIN).otherwise(col("at")).as("last_at"),
            col("last_added"),
            col("input_rows"));
  }

  private static Dataset<Row> told(Dataset<Row> rows, Column id, Column at, Column added) {
    return rows.select(id.as("id"), at.as("at"), added.as("added"));
  }

  /**
   * Without the plan that makes them, which every later one would have in it several times; what a
   * shuffle made for them is read again, not made again.
   */
  private static Dataset<Row> planned(Dataset<Row> rows) {
    return rows.sparkSession().createDataFrame(rows.toJavaRDD(), rows.schema());
  }

  private static long number(Row row, int field) {
    return row.isNullAt(field) ? 0 : row.getLong(field);
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
  FusedRecords with(FusedRecords fused, Dataset<Row> there) {
    Dataset<Row> named = others.withColumnRenamed("id", "other_id");
    Results.Known left = Results.known(there.join(named, is("other_id"), "left_semi"));
    return new FusedRecords(
        fused.rows(),
        fused.totals().plus(Results.Totals.ofHash(left.hash())),
        new Census(inputRows, inputRecords, fused.census().duplicateIds()),
        fused.spread(),
        fused.unchanged(),
        Optional.of(new FusedRecords.Untouched(since, left.rows(), gone)));
  }
}
