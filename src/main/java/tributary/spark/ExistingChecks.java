package tributary.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import tributary.config.JobConfig.Sink;
import tributary.config.Problems;

/** Whether rows can be added to the tables that are there: checks before a run. On the driver. */
final class ExistingChecks {
  private ExistingChecks() {}

  /**
   * Refuses a table in which rows of the run can't be beside those that are there.
   *
   * @param wanted columns of {@link Results#output}
   * @return the table, as {@link Existing#table} gives it
   */
  static Optional<Dataset<Row>> checkColumns(
      SparkSession spark, Sink sink, StructType wanted, Problems problems) {
    boolean itsOwnTypes = JdbcTable.of(spark, sink).isPresent();
    Optional<Dataset<Row>> table = Existing.table(spark, sink, wanted);
    table
        .filter(t -> !itsOwnTypes)
        .flatMap(t -> MergedTable.refused(t.schema(), wanted))
        .or(() -> untyped(spark, sink, wanted))
        .ifPresent(
            rule ->
                problems.invalid(
                    "output." + sink.place(), sink.path(), "a table without a column " + rule));
    return table;
  }

  /**
   * A column of a text table that holds what is none of its type now, as `NAME of type T, which it
   * has as other text`: such values would become null where their rows stay.
   *
   * @param wanted columns of {@link Results#output}
   */
  static Optional<String> untyped(SparkSession spark, Sink sink, StructType wanted) {
    Optional<Dataset<Row>> typed =
        Existing.isText(sink) ? Existing.table(spark, sink, wanted) : Optional.empty();
    if (typed.isEmpty()) {
      return Optional.empty();
    }
    List<String> there = List.of(typed.get().columns());
    List<StructField> typedFields =
        Arrays.stream(wanted.fields())
            .filter(f -> !Results.COLUMNS.contains(f.name()) && there.contains(f.name()))
            .filter(f -> !(typed.get().schema().apply(f.name()).dataType() instanceof StringType))
            .toList();
    if (typedFields.isEmpty()) {
      return Optional.empty();
    }
    StructType texts = new StructType();
    for (String name : there) {
      texts = texts.add(name, DataTypes.StringType);
    }
    Row some = numbers(typed.get(), typedFields);
    Row all = numbers(Existing.reader(spark, sink).schema(texts).load(sink.path()), typedFields);
    for (int i = 0; i < typedFields.size(); i++) {
      if (some.getLong(i) != all.getLong(i)) {
        StructField field = typedFields.get(i);
        String type = field.dataType().catalogString();
        return Optional.of(field.name() + " of type " + type + ", which it has as other text");
      }
    }
    return Optional.empty();
  }

  /** How many values each column has. */
  private static Row numbers(Dataset<Row> table, List<StructField> fields) {
    Column[] counts =
        fields.stream()
            .map(f -> count(col("`" + f.name().replace("`", "``") + "`")))
            .toArray(Column[]::new);
    return table.select(counts).first();
  }

  /** Refuses to append to an output that can't be compared with. */
  static void checkOutput(SparkSession spark, Sink sink, Problems problems) {
    check(spark, "output", sink, Existing.OUTPUT, problems);
  }

  /** Refuses to append to a quarantine that can't be compared with. */
  static void checkQuarantine(SparkSession spark, Sink sink, Problems problems) {
    check(spark, "quarantine", sink, Existing.QUARANTINE, problems);
  }

  private static void check(
      SparkSession spark, String key, Sink sink, List<String> needed, Problems problems) {
    if (!Existing.isAddedTo(sink)) {
      return;
    }
    String mode = "with mode " + sink.mode().name().toLowerCase(Locale.ROOT);
    if (nameless(sink)) {
      problems.invalid(
          key + ".format",
          sink.format(),
          mode
              + " one that is read back by the names of its columns: parquet, json, or csv"
              + " with options.header: true");
      return;
    }
    try {
      List<String> there = Existing.open(spark, sink).map(t -> List.of(t.columns())).orElse(needed);
      if (!there.containsAll(needed)) {
        problems.invalid(
            key + "." + sink.place(),
            sink.path(),
            mode + " a table with the columns " + needed + ", which has " + there);
      }
    } catch (Exception e) {
      problems.invalid(
          key + "." + sink.place(),
          sink.path(),
          "a table to add to: " + UnreadableFile.told(e).orElseGet(() -> InputTable.firstLine(e)));
    }
  }

  /** Whether the format has no names, or none as its options are. */
  private static boolean nameless(Sink sink) {
    String format = sink.format().toLowerCase(Locale.ROOT);
    boolean header =
        sink.options().entrySet().stream()
            .anyMatch(
                o ->
                    o.getKey().equalsIgnoreCase("header") && o.getValue().equalsIgnoreCase("true"));
    return format.equals("text") || format.equals("csv") && !header;
  }
}
