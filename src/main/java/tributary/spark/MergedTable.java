package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
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

  /** Whether the table has the columns that the run's own rows have, and no others. */
  boolean sameColumns() {
    return Set.of(there.columns()).equals(Set.of(fresh.columns()));
  }

  /** All rows of both, with the columns of either. */
  Dataset<Row> appended() {
    return there.unionByName(fresh.select(written(fresh.schema())), true);
  }

  /**
   * One row an id, with the columns of the run's own rows. Unchanged records have their row, with
   * the kept columns as the input has them now; changed ones their new one; quarantined ones none.
   *
   * @param unchanged id, input_hash and keep of records that stand in the table with this model,
   *     recipe and content
   * @param quarantined ids, among which may be null
   * @param deletes what becomes of rows whose ids are none of these
   */
  Dataset<Row> merged(Dataset<Row> unchanged, Dataset<Row> quarantined, Deletes deletes) {
    Dataset<Row> marks =
        unchanged
            .select(
                lit(UNCHANGED).as(MARK),
                col("id").as("mark_id"),
                col("input_hash").as("mark_hash"),
                col("keep").as("mark_keep"))
            .union(gone(fresh.select("id"), unchanged.schema()))
            .union(gone(quarantined.select("id"), unchanged.schema()));
    Column ours = col("model_hash").equalTo(modelHash).and(recipe().equalTo(recipeHash));
    Column same = ours.and(col("input_hash").equalTo(col("mark_hash")));
    Column left = deletes == Deletes.REMOVE ? lit(false) : col(MARK).isNull();
    Dataset<Row> candidates =
        there
            .join(marks, col("id").equalTo(col("mark_id")), "left_outer")
            .filter(left.or(col(MARK).equalTo(UNCHANGED).and(same)));
    Column first =
        row_number()
            .over(
                Window.partitionBy("id")
                    .orderBy(when(ours, 0).otherwise(1), col("run_id"), col("input_hash")));
    return candidates
        .withColumn("tributary_row", first)
        .filter(col("tributary_row").equalTo(1))
        .select(standing(keptNow(unchanged.schema())))
        .union(fresh.select(written(fresh.schema())));
  }

  private static Dataset<Row> gone(Dataset<Row> ids, StructType unchanged) {
    return ids.select(
        lit("gone").as(MARK),
        col("id").as("mark_id"),
        lit(null).cast(DataTypes.StringType).as("mark_hash"),
        lit(null).cast(unchanged.apply("keep").dataType()).as("mark_keep"));
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
        columns.add(when(col(MARK).isNotNull(), now).otherwise(before).as(name));
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
      if (!text && !type.simpleString().equals(wanted.dataType().simpleString())) {
        return Optional.of(
            wanted.name()
                + " of type "
                + wanted.dataType().simpleString()
                + ", which it has as "
                + type.simpleString());
      }
    }
    return Optional.empty();
  }
}
