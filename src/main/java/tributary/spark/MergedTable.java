package tributary.spark;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig.Sink.Deletes;
import tributary.read.Rejected;

/**
 * The output table after a run, of the one before it and of what the run made: functions of tables,
 * which write nothing. On the driver.
 *
 * @param there the table before, as {@link Existing#table} reads it
 * @param fresh rows of {@link Results#output} that the run made: new records and changed ones
 * @param modelHash of the run
 * @param recipeHash of the run
 */
record MergedTable(Dataset<Row> there, Dataset<Row> fresh, String modelHash, String recipeHash) {
  private static final String MARK = "tributary_mark";
  private static final String UNCHANGED = "unchanged";
  private static final String UNREAD = "unread";
  private static final String GONE = "gone";

  /** What another run may find otherwise, with the same content. */
  private static final List<String> UNREAD_REASONS =
      Arrays.stream(Rejected.Reason.values())
          .filter(Rejected.Reason::isPassing)
          .map(Rejected.Reason::name)
          .toList();

  /** Whether the table has the columns that the run's own rows have, and no others. */
  boolean sameColumns() {
    return Set.of(there.columns()).equals(Set.of(fresh.columns()));
  }

  /** Whether files of either can be in one folder: in text the order is all that tells. */
  boolean sameOrder() {
    return Arrays.equals(there.columns(), fresh.columns());
  }

  /** All rows of both, with the columns of either. */
  Dataset<Row> appended() {
    return there.unionByName(fresh.select(written(fresh.schema())), true);
  }

  /**
   * One row an id, with the columns of the run's own rows. Unchanged records have their row, with
   * the kept columns as the input has them now; changed ones their new one; those that could not be
   * read this time the row that they had, as it is; other quarantined ones none.
   *
   * @param unchanged id, input_hash and keep of records that stand in the table with this model,
   *     recipe and content
   * @param quarantined ids, among which may be null, and reasons
   * @param deletes what becomes of rows whose ids are none of these
   */
  Dataset<Row> merged(Dataset<Row> unchanged, Dataset<Row> quarantined, Deletes deletes) {
    Dataset<Row> same =
        unchanged.select(
            lit(UNCHANGED).as(MARK),
            col("id").as("mark_id"),
            col("input_hash").as("mark_hash"),
            col("keep").as("mark_keep"));
    Dataset<Row> others =
        others(quarantined)
            .select(
                col(MARK),
                col("mark_id"),
                lit(null).cast(DataTypes.StringType).as("mark_hash"),
                lit(null).cast(unchanged.schema().apply("keep").dataType()).as("mark_keep"));
    Column ours = col("model_hash").equalTo(modelHash).and(recipe().equalTo(recipeHash));
    Column stands =
        col(MARK)
            .equalTo(UNCHANGED)
            .and(ours)
            .and(col("input_hash").equalTo(col("mark_hash")))
            .or(col(MARK).equalTo(UNREAD));
    Dataset<Row> candidates =
        there
            .join(same.union(others), col("id").equalTo(col("mark_id")), "left_outer")
            .filter(left(deletes).or(stands));
    // Which of several appended rows is the last one no column tells.
    Column first =
        row_number()
            .over(
                Window.partitionBy("id")
                    .orderBy(
                        when(ours, 0).otherwise(1),
                        col("run_id"),
                        col("input_hash"),
                        col("model_hash"),
                        recipe()));
    return candidates
        .withColumn("tributary_row", first)
        .filter(col("tributary_row").equalTo(1))
        .select(standing(keptNow(unchanged.schema())))
        .union(fresh.select(written(fresh.schema())));
  }

  /**
   * As {@link #merged} of a table in which no id occurs twice: each row is looked at by itself.
   *
   * @param unchanged id, input_hash, keep and index (hash of the kept columns in the table)
   */
  Dataset<Row> replaced(Dataset<Row> unchanged, Dataset<Row> quarantined, Deletes deletes) {
    StructType keep = (StructType) unchanged.schema().apply("keep").dataType();
    Column relabelled = not(RowSums.exact(col("keep"), keep).equalTo(col("index")));
    Dataset<Row> same = deletes == Deletes.REMOVE ? unchanged : unchanged.filter(relabelled);
    Dataset<Row> marks =
        same.select(
                when(relabelled, UNCHANGED).otherwise(UNREAD).as(MARK),
                col("id").as("mark_id"),
                when(relabelled, col("keep")).as("mark_keep"))
            .union(others(quarantined).withColumn("mark_keep", lit(null).cast(keep)));
    Column stands = col(MARK).isin(UNCHANGED, UNREAD);
    return there
        .join(marks, col("id").equalTo(col("mark_id")), "left_outer")
        .filter(left(deletes).or(coalesce(stands, lit(false))))
        .select(standing(keptNow(unchanged.schema())))
        .union(fresh.select(written(fresh.schema())));
  }

  /** As {@link #left}, of {@link #replaced}. */
  long leftOf(long rows, long unchanged, Dataset<Row> quarantined, Deletes deletes) {
    Row met =
        there
            .select("id")
            .join(others(quarantined), col("id").equalTo(col("mark_id")))
            .agg(count(lit(1)), count(when(col(MARK).equalTo(UNREAD), 1)))
            .first();
    long unread = met.getLong(1);
    return deletes == Deletes.REMOVE ? unread : rows - unchanged - (met.getLong(0) - unread);
  }

  /**
   * How many rows {@link #merged} has that are neither of unchanged records nor of the run: one an
   * id, counted by other means than it is made.
   */
  long left(Dataset<Row> unchanged, Dataset<Row> quarantined, Deletes deletes) {
    Dataset<Row> marks =
        others(quarantined).union(unchanged.select(lit(UNCHANGED).as(MARK), col("id")));
    return there
        .select("id")
        .distinct()
        .join(marks, col("id").equalTo(col("mark_id")), "left_outer")
        .filter(left(deletes).or(col(MARK).equalTo(UNREAD)))
        .count();
  }

  private static Column left(Deletes deletes) {
    return deletes == Deletes.REMOVE ? lit(false) : col(MARK).isNull();
  }

  /** Ids of changed and quarantined records, once each, with what becomes of their rows. */
  private Dataset<Row> others(Dataset<Row> quarantined) {
    Column unread = col("reason").isin(UNREAD_REASONS.toArray());
    return fresh
        .select(lit(GONE).as(MARK), col("id").as("mark_id"))
        .union(
            quarantined
                .filter(col("id").isNotNull())
                .select(when(unread, UNREAD).otherwise(GONE).as(MARK), col("id").as("mark_id"))
                .distinct());
  }

  private Column recipe() {
    return has(there.schema(), "recipe_hash")
        ? col("recipe_hash")
        : lit(null).cast(DataTypes.StringType);
  }

  /** The columns of a row that stays, in the order of the fresh ones. */
  private Column[] standing(List<String> kept) {
    List<Column> columns = new ArrayList<>();
    for (StructField wanted : fresh.schema().fields()) {
      String name = wanted.name();
      Column before = has(there.schema(), name) ? named(name) : lit(null).cast(type(wanted));
      if (kept.contains(name)) {
        Column now = text(col("mark_keep").getField(name), wanted.dataType(), type(wanted));
        columns.add(when(col(MARK).equalTo(UNCHANGED), now).otherwise(before).as(name));
      } else {
        columns.add(before.as(name));
      }
    }
    return columns.toArray(new Column[0]);
  }

  private List<String> keptNow(StructType unchanged) {
    List<String> kept =
        new ArrayList<>(
            Arrays.asList(((StructType) unchanged.apply("keep").dataType()).fieldNames()));
    kept.retainAll(Arrays.asList(fresh.columns()));
    kept.removeAll(Results.COLUMNS);
    return kept;
  }

  /** Columns of the run's rows as the table holds them. */
  private Column[] written(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(f -> text(named(f.name()), f.dataType(), type(f)).as(f.name()))
        .toArray(Column[]::new);
  }

  /** Arrays and maps are JSON text where the table has them as text. */
  private DataType type(StructField wanted) {
    boolean text =
        isComplex(wanted.dataType())
            && has(there.schema(), wanted.name())
            && there.schema().apply(wanted.name()).dataType() instanceof StringType;
    return text ? DataTypes.StringType : wanted.dataType();
  }

  private static Column text(Column value, DataType type, DataType written) {
    return isComplex(type) && written instanceof StringType ? to_json(value) : value;
  }

  private static boolean isComplex(DataType type) {
    return type instanceof ArrayType || type instanceof MapType || type instanceof StructType;
  }

  private static boolean has(StructType schema, String name) {
    return Arrays.asList(schema.fieldNames()).contains(name);
  }

  private static Column named(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  /**
   * The rule that a table's columns break; none where rows of both can stand in one table.
   *
   * @param before columns of the table
   * @param now columns of the run's rows
   */
  static Optional<String> refused(StructType before, StructType now) {
    for (StructField wanted : now.fields()) {
      if (!has(before, wanted.name())) {
        continue;
      }
      DataType type = before.apply(wanted.name()).dataType();
      boolean text = isComplex(wanted.dataType()) && type instanceof StringType;
      if (!text && !type.catalogString().equals(wanted.dataType().catalogString())) {
        return Optional.of(
            wanted.name()
                + " of type "
                + wanted.dataType().catalogString()
                + ", which it has as "
                + type.catalogString());
      }
    }
    return Optional.empty();
  }
}
