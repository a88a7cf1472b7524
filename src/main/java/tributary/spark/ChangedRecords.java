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

import java.util.ArrayList;
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
 * @param counted of their rows; none where a record may be several rows, or an id occurs twice
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

  /** The commit of ids that none touched. */
  private static final long UNTOUCHED = -2;

  /** The commit of ids that none touched and that are looked at all the same. */
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
    Dataset<Row> ids = planned(ids(input, feed, quarantined, standing, parts));
    Column isTouched = col("id").isNotNull().and(not(col("last_at").equalTo(UNTOUCHED)));
    Column there = col("input_rows").gt(0);
    // A row that the last commit added is still there, and it is the only one.
    Column alone = col("input_rows").equalTo(1);
    Column isFed = isTouched.and(lit(!parts)).and(alone).and(col("last_added").equalTo(1));
    Column isLookedUp = isTouched.and(there).and(not(isFed));
    Row counts =
        ids.agg(
                sum("input_rows"),
                count(when(col("id").isNotNull().and(there), 1)),
                sum(when(col("id").isNull(), col("input_rows"))),
                count(when(isFed, 1)),
                count(when(isLookedUp, 1)),
                count(when(isLookedUp.and(not(alone)), 1)))
            .first();
    long inputRows = number(counts, 0);
    long nameless = number(counts, 2);
    long fed = counts.getLong(3);
    long lookedUp = counts.getLong(4);
    Dataset<Row> touched = planned(keep.apply(ids.filter(isTouched)));
    List<Dataset<Row>> rows = new ArrayList<>();
    if (fed > 0) {
      rows.add(fed(feed, touched.filter(isFed), fed, input.columns()));
    }
    if (lookedUp > 0) {
      rows.add(lookedUp(input, touched.filter(isLookedUp), lookedUp));
    }
    if (nameless > 0) {
      rows.add(input.filter(col("id").isNull()));
    }
    long records = fed + lookedUp + nameless;
    return new ChangedRecords(
        since,
        planned(rows.stream().reduce(Dataset::union).orElseGet(() -> input.filter(lit(false)))),
        fed + lookedUp,
        parts || counts.getLong(5) > 0
            ? Optional.empty()
            : Optional.of(new Census(records, records, 0)),
        ids.filter(col("id").isNotNull().and(not(isTouched))).select("id"),
        touched.filter(not(there)).select("id"),
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
      Optional<Dataset<Row>> standing,
      boolean parts) {
    // Rows of one record are counted before they are dealt out.
    Dataset<Row> own =
        parts
            ? input.groupBy("id").agg(count(lit(1)).as("input_rows"))
            : input.select(col("id"), lit(1L).as("input_rows"));
    Dataset<Row> fed =
        told(
            feed.filter(col("id").isNotNull()),
            col("id"),
            col(VersionedInput.AT).cast("long"),
            when(col(VersionedInput.ADDED), 1L).otherwise(0L),
            lit(0L));
    // Text tables have an empty id as none.
    Column named = coalesce(col("id"), lit(""));
    Dataset<Row> others = fed.union(told(quarantined, named, lit(AGAIN), lit(0L), lit(0L)));
    if (standing.isPresent()) {
      others = others.union(told(standing.get(), col("id"), lit(UNTOUCHED), lit(0L), lit(0L)));
    }
    Column gone = col("at").equalTo(UNTOUCHED).and(col("input_rows").equalTo(0));
    return told(own, col("id"), lit(UNTOUCHED), lit(0L), col("input_rows"))
        .union(others)
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

  private static Dataset<Row> told(
      Dataset<Row> rows, Column id, Column at, Column added, Column inputRows) {
    return rows.select(id.as("id"), at.as("at"), added.as("added"), inputRows.as("input_rows"));
  }

  /**
   * Without the plan that makes them, which every later one would have in it several times: of that
   * only what follows the last shuffle is done again.
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
    Dataset<Row> named = ids.select(col("id").as("looked_up"));
    return input.join(number <= FEW ? broadcast(named) : named, is("looked_up"), "left_semi");
  }

  private static Column is(String other) {
    return col("id").equalTo(col(other));
  }

  /** Whether no record is looked at. */
  boolean isEmpty() {
    return counted.filter(c -> c.records() == 0).isPresent();
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
