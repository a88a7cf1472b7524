package tributary.spark;

import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.jspecify.annotations.Nullable;
import tributary.config.JobConfig;
import tributary.config.Problems;
import tributary.model.ModalitySpec;
import tributary.model.ModelConfig;

/**
 * Whether the user's table fits the job and the model. What does not is reported in the {@link
 * Problems}, by column and type. On the driver.
 */
final class InputChecks {
  private final SparkSession spark;
  private final InputTable table;
  private final JobConfig config;
  private final ModelConfig model;
  private final Problems problems;

  private InputChecks(
      SparkSession spark,
      InputTable table,
      JobConfig config,
      ModelConfig model,
      Problems problems) {
    this.spark = spark;
    this.table = table;
    this.config = config;
    this.model = model;
    this.problems = problems;
  }

  /** A table with the columns in it that modalities are read from. */
  record Checked(InputTable table, List<ModalityColumn> columns) {}

  /**
   * A modality's column.
   *
   * @param given as the user named it
   * @param cell the column as tasks read it
   */
  record ModalityColumn(String modality, JobConfig.Column given, CellForm form, Column cell) {}

  /** What fits of a table: all of it where no problem was reported. */
  static Checked check(
      SparkSession spark,
      InputTable table,
      JobConfig config,
      ModelConfig model,
      Problems problems) {
    return new InputChecks(spark, table, config, model, problems).checked();
  }

  private Checked checked() {
    key("id", config.id(), RecordKeys::refusedId);
    String part = config.part();
    if (part != null) {
      key("part", part, type -> RecordKeys.refusedPart(part, type));
    }
    config.keep().forEach(k -> require("keep", k));
    List<ModalityColumn> columns = new ArrayList<>();
    config.modalities().forEach((m, given) -> modality(m, given).ifPresent(columns::add));
    if (problems.none()) {
      // Each column has a type by itself; together they may have none, such as count(1) beside
      // others.
      table
          .refusal(InputFrame.projection(config, table, columns))
          .ifPresent(why -> problems.invalid("input", config.input().format(), why));
    }
    return new Checked(table, columns);
  }

  /** What makes rows a record: the same in every reading, and of a type that is taken. */
  private void key(String key, String name, Function<DataType, Optional<String>> refused) {
    Optional<DataType> type = require(key, name);
    type.flatMap(refused)
        .ifPresent(
            rule ->
                problems.invalid(
                    key, name + " of type " + type.map(DataType::simpleString).orElse(""), rule));
    type.flatMap(t -> table.unsteady(name))
        .ifPresent(
            function ->
                problems.invalid(
                    key,
                    name,
                    "the same in every reading of a row, which " + function + "() is not"));
  }

  private Optional<ModalityColumn> modality(String modality, JobConfig.Column given) {
    String key = "modalities." + modality;
    ModalitySpec kind = model.modalities().get(modality);
    if (kind == null) {
      Set<String> known = model.modalities().keySet();
      String rule = "a modality of the model, one of " + known + InputTable.hint(modality, known);
      problems.invalid(key, modality, rule);
      return Optional.empty();
    }
    return require(key + ".column", given.column())
        .flatMap(type -> column(modality, key, given, kind, type));
  }

  private Optional<ModalityColumn> column(
      String modality, String key, JobConfig.Column given, ModalitySpec kind, DataType type) {
    boolean path = given.from() == JobConfig.Column.From.PATH;
    Optional<CellForm> form =
        path
            ? ColumnTypes.paths(kind, type, given.column())
            : ColumnTypes.values(kind, type, given.column());
    if (form.isEmpty()) {
      problems.invalid(
          key + ".column",
          given.column() + " of type " + type.simpleString(),
          ColumnTypes.accepted(kind, path));
    }
    return form.filter(f -> takenWhole(key, given, kind))
        .map(f -> f instanceof CellForm.FilePath p ? p.under(base(key, given)) : f)
        .flatMap(
            f -> cell(key, given, f, type).map(c -> new ModalityColumn(modality, given, f, c)));
  }

  /** Pixels are taken whole: the model has one place for each. */
  private boolean takenWhole(String key, JobConfig.Column given, ModalitySpec kind) {
    if (!(kind instanceof ModalitySpec.Pixels pixels)) {
      return true;
    }
    int size = pixels.size();
    boolean cut = given.maxTokens() > 0 && given.maxTokens() < (long) size * size;
    if (cut) {
      problems.invalid(
          key + ".max-tokens",
          given.maxTokens(),
          "none: a picture's " + size + " x " + size + " pixels are taken whole");
    }
    return !cut;
  }

  private Optional<Column> cell(String key, JobConfig.Column given, CellForm form, DataType type) {
    Column cell = form.project(table.column(given.column()), type);
    return form instanceof CellForm.Samples
        ? rated(key + ".rate", given.rate(), cell)
        : Optional.of(cell);
  }

  private Optional<Column> rated(String key, @Nullable String rate, Column samples) {
    if (rate == null) {
      problems.invalid(
          key, "none", "sound given as an array needs samples a second: a number or a column");
      return Optional.empty();
    }
    Column text = lit(null).cast(DataTypes.StringType);
    try {
      double number = Double.parseDouble(rate);
      if (!(number >= 1 && number <= Integer.MAX_VALUE)) {
        problems.invalid(key, rate, "1 to " + Integer.MAX_VALUE + " samples a second");
      }
      return Optional.of(CellForm.Samples.rated(lit(number), text, samples));
    } catch (NumberFormatException notANumber) {
      return require(key, rate).flatMap(type -> rated(key, rate, type, samples));
    }
  }

  /** Of a column; a text in it need not be a number, which a task then says. */
  private Optional<Column> rated(String key, String rate, DataType type, Column samples) {
    Column given = table.column(rate);
    if (type instanceof StringType) {
      Column number = given.try_cast(DataTypes.DoubleType);
      return Optional.of(CellForm.Samples.rated(number, given.cast(DataTypes.StringType), samples));
    }
    if (!(type instanceof NumericType)) {
      problems.invalid(key, rate + " of type " + type.simpleString(), "a number");
      return Optional.empty();
    }
    Column none = lit(null).cast(DataTypes.StringType);
    return Optional.of(CellForm.Samples.rated(given.cast(DataTypes.DoubleType), none, samples));
  }

  /** The type of what a job names; reports what the table hasn't. */
  private Optional<DataType> require(String key, String name) {
    Optional<DataType> type = table.type(name);
    if (type.isEmpty()) {
      table.unknown(key, name, problems);
    }
    return type;
  }

  private String base(String key, JobConfig.Column given) {
    Configuration conf = spark.sparkContext().hadoopConfiguration();
    String base = given.base();
    String path = base == null ? config.input().path() : base;
    try {
      if (path == null) {
        return "";
      }
      if (base != null && new Cluster(spark).local() && !BaseFolder.isThere(path, conf)) {
        problems.invalid(
            key + ".base", path, "a folder that is there: relative paths start from it");
      }
      return base == null ? BaseFolder.ofFiles(path, conf) : BaseFolder.named(path, conf);
    } catch (IOException | IllegalArgumentException e) {
      problems.invalid(key + ".base", path, "a folder: " + e.getMessage());
      return "";
    }
  }
}
