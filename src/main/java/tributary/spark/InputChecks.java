package tributary.spark;

import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
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
    require("id", config.id());
    if (config.part() != null) {
      require("part", config.part());
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
        path ? ColumnTypes.paths(kind, type) : ColumnTypes.values(kind, type, given.column());
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
        ? rate(key + ".rate", given.rate()).map(rate -> CellForm.Samples.rated(rate, cell))
        : Optional.of(cell);
  }

  private Optional<Column> rate(String key, @Nullable String rate) {
    if (rate == null) {
      problems.invalid(
          key, "none", "sound given as an array needs samples a second: a number or a column");
      return Optional.empty();
    }
    try {
      return Optional.of(lit(Double.parseDouble(rate)));
    } catch (NumberFormatException notANumber) {
      return require(key, rate).flatMap(type -> number(key, rate, type));
    }
  }

  private Optional<Column> number(String key, String rate, DataType type) {
    Column number = table.column(rate).cast(DataTypes.DoubleType);
    Optional<String> refused = table.refusal(number);
    refused.ifPresent(
        why -> problems.invalid(key, rate + " of type " + type.simpleString(), "a number"));
    return refused.isPresent() ? Optional.empty() : Optional.of(number);
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
    if (given.base() != null) {
      return qualify(given.base(), key, false);
    }
    return config.input().path() == null ? "" : qualify(config.input().path(), key, true);
  }

  private String qualify(String path, String key, boolean parentOfFile) {
    try {
      Path p = new Path(path);
      FileSystem fs = p.getFileSystem(spark.sparkContext().hadoopConfiguration());
      Path folder =
          parentOfFile && fs.exists(p) && fs.getFileStatus(p).isFile() ? p.getParent() : p;
      return fs.makeQualified(folder).toString();
    } catch (IOException | IllegalArgumentException e) {
      problems.invalid(key + ".base", path, "a folder: " + e.getMessage());
      return "";
    }
  }
}
