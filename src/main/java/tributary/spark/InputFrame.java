package tributary.spark;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig;
import tributary.spark.InputChecks.ModalityColumn;
import tributary.spark.TaskPlan.ColumnPlan;

/**
 * The user's table as tasks read it. On the driver.
 *
 * @param projected id, part, kept columns as one struct, a duplicate flag, what is no id, one
 *     column a modality
 * @param columns where in it the modalities are
 * @param version at which the table is read, where it has such
 */
record InputFrame(
    Dataset<Row> projected, List<ColumnPlan> columns, Optional<VersionedInput> version) {
  /** Of a table in which everything was found. */
  static InputFrame of(JobConfig config, InputChecks.Checked checked) {
    InputTable table = checked.table();
    List<ColumnPlan> plans = new ArrayList<>();
    int field = TaskPlan.MODALITIES;
    for (ModalityColumn c : checked.columns()) {
      plans.add(
          new ColumnPlan(
              c.modality(),
              c.given().column(),
              field++,
              c.form(),
              c.given().maxTokens(),
              config.codecs()));
    }
    return new InputFrame(
        table.rows().select(projection(config, table, checked.columns())),
        List.copyOf(plans),
        table.version());
  }

  /** What is read of each row, in the order of {@link TaskPlan}. */
  static Column[] projection(JobConfig config, InputTable table, List<ModalityColumn> modalities) {
    List<Column> projection = new ArrayList<>();
    Column id = table.column(config.id());
    DataType type = table.type(config.id()).orElse(DataTypes.StringType);
    projection.add(RecordKeys.id(id, type).as("id"));
    projection.add(
        (config.part() == null
                ? lit(null).cast(DataTypes.IntegerType)
                : table.column(config.part()))
            .as("part"));
    projection.add(keep(config, table));
    projection.add(lit(false).as("duplicate"));
    projection.add(RecordKeys.badId(id, type).as("bad_id"));
    modalities.forEach(c -> projection.add(c.cell().as("m_" + c.modality())));
    return projection.toArray(new Column[0]);
  }

  private static Column keep(JobConfig config, InputTable table) {
    Column[] kept = config.keep().stream().map(k -> table.column(k).as(k)).toArray(Column[]::new);
    return (kept.length == 0 ? struct(lit(0).as("none")) : struct(kept)).as("keep");
  }

  /** How tasks make records of these rows. */
  TaskPlan.Reading reading(JobConfig config, long batchBytes, long spreadTokens) {
    return new TaskPlan.Reading(
        columns, config.id(), config.part() == null ? "" : config.part(), batchBytes, spreadTokens);
  }

  /** Schema of the kept columns. */
  StructType keepSchema() {
    return (StructType) projected.schema().fields()[TaskPlan.KEEP].dataType();
  }
}
