package tributary.spark;

import static org.apache.spark.sql.functions.expr;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.CurrentDate;
import org.apache.spark.sql.catalyst.expressions.CurrentTimestampLike;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.InputFileName;
import org.apache.spark.sql.catalyst.expressions.LocalTimestamp;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.JobConfig;
import tributary.config.Nearest;
import tributary.config.Problems;

/**
 * The user's table and what a job names in it: columns, or expressions over them. On the driver.
 *
 * @param version at which it is read, where it has such
 */
record InputTable(Dataset<Row> rows, Optional<VersionedInput> version) {
  /** Of no version. */
  InputTable(Dataset<Row> rows) {
    this(rows, Optional.empty());
  }

  /** The table as the source gives it; none, with a problem, where it can't be opened. */
  static Optional<InputTable> open(SparkSession spark, JobConfig.Source source, Problems problems) {
    if (source.format().equals("synthetic")) {
      return Optional.ofNullable(SyntheticTable.frame(spark, source.options(), problems))
          .flatMap(rows -> new InputTable(rows).where(source.where(), problems));
    }
    if (source.query() != null) {
      return InputQuery.open(spark, source.query(), problems)
          .flatMap(rows -> new InputTable(rows).where(source.where(), problems));
    }
    try {
      Optional<VersionedInput> version = VersionedInput.of(spark, source);
      Dataset<Row> rows = version.map(VersionedInput::rows).orElseGet(() -> rows(spark, source));
      return new InputTable(rows, version).where(source.where(), problems);
    } catch (Exception e) {
      problems.add(
          UnreadableFile.sentence(e)
              .orElse(
                  "Cannot open input: "
                      + source.named()
                      + ": "
                      + Packages.missing(spark, source.format()).orElse(firstLine(e))));
      return Optional.empty();
    }
  }

  static Dataset<Row> rows(SparkSession spark, JobConfig.Source source) {
    DataFrameReader reader = spark.read().options(source.options());
    if (source.table() != null) {
      return reader.table(source.table());
    }
    reader = reader.format(source.format());
    if (source.schema() != null) {
      reader = reader.schema(source.schema());
    }
    return source.path() == null ? reader.load() : reader.load(source.path());
  }

  /**
   * The rows for which a condition is true; none, with a problem, where it is none or not the same
   * in every reading.
   *
   * @param condition null for all rows
   */
  Optional<InputTable> where(@Nullable String condition, Problems problems) {
    if (condition == null) {
      return Optional.of(this);
    }
    try {
      // Told apart from what the source can't do: nothing of it is read here.
      Dataset<Row> filtered = rows.filter(expr(condition));
      Optional<String> unsteady = unsteady(condition);
      unsteady.ifPresent(
          function ->
              problems.invalid(
                  "input.where",
                  condition,
                  "the same in every reading of a row, which " + function + "() is not"));
      return unsteady.isEmpty() ? Optional.of(new InputTable(filtered, version)) : Optional.empty();
    } catch (Exception e) {
      if (e instanceof AnalysisException || e.getClass().getSimpleName().equals("ParseException")) {
        problems.invalid(
            "input.where", condition, "a condition over " + names() + ": " + reason(e));
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The column of that name, else the expression. */
  Column column(String name) {
    return names().contains(name) ? rows.col("`" + name.replace("`", "``") + "`") : expr(name);
  }

  /** Its type; none where there is no such column and no such expression. */
  Optional<DataType> type(String name) {
    try {
      return Optional.of(rows.select(column(name)).schema().fields()[0].dataType());
    } catch (Exception e) {
      if (e instanceof AnalysisException || e.getClass().getSimpleName().equals("ParseException")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * A function in an expression that gives other values when the row is read again, such as uuid or
   * current_timestamp; none where there is none.
   */
  Optional<String> unsteady(String name) {
    Dataset<Row> selected = rows.select(column(name));
    LogicalPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) selected).queryExecution().analyzed();
    return CollectionConverters.asJava(plan.expressions()).stream()
        .flatMap(e -> CollectionConverters.asJava(e.find(InputTable::isUnsteady).toList()).stream())
        .map(Expression::prettyName)
        .findFirst();
  }

  static boolean isUnsteady(Expression e) {
    boolean ofTime =
        e instanceof CurrentTimestampLike
            || e instanceof LocalTimestamp
            || e instanceof CurrentDate
            || e.getClass().getSimpleName().equals("CurrentTime"); // Not in Spark 4.0.
    boolean own =
        !e.deterministic()
            && CollectionConverters.asJava(e.children()).stream()
                .allMatch(Expression::deterministic);
    // Nondeterministic to Spark since it is of the task that reads the file, as ids are.
    return ofTime || own && !(e instanceof InputFileName);
  }

  /** Why Spark refuses to select these columns together; empty where it does not. */
  Optional<String> refusal(Column... columns) {
    try {
      rows.select(columns).schema();
      return Optional.empty();
    } catch (Exception e) {
      if (e instanceof AnalysisException) {
        return Optional.of(firstLine(e));
      }
      throw e;
    }
  }

  /** Reports a name that has no type. */
  void unknown(String key, String name, Problems problems) {
    problems.invalid(
        key, name, "a column of the input, or an expression over " + names() + hint(name, names()));
  }

  private List<String> names() {
    return List.of(rows.columns());
  }

  /** What to add to a rule where a name is close to a known one. */
  static String hint(String name, Collection<String> known) {
    return Nearest.nearest(name, known).map(n -> "; did you mean " + n + "?").orElse("");
  }

  /** What Spark says of an expression: of one that can't be parsed the first line is empty. */
  static String reason(Throwable e) {
    return String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
  }

  /** What Spark says of a failure, without the plan that may follow. */
  static String firstLine(Throwable e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
