package tributary.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.ExecutableDuringAnalysis;
import org.apache.spark.sql.catalyst.plans.logical.InsertIntoDir;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ParsedStatement;
import org.apache.spark.sql.execution.CommandExecutionMode;
import org.apache.spark.sql.internal.SessionState;
import scala.jdk.javaapi.CollectionConverters;
import tributary.config.Problems;

/** A query whose rows are the input. On the driver. */
final class InputQuery {
  private InputQuery() {}

  /**
   * What it gives; none, with a problem, where it is no query, changes something, or is not the
   * same in every reading.
   */
  static Optional<Dataset<Row>> open(SparkSession spark, String query, Problems problems) {
    try {
      if (writes(((org.apache.spark.sql.classic.SparkSession) spark).sessionState(), query)) {
        problems.invalid("input.query", query, "a query that reads: select ...");
        return Optional.empty();
      }
      Dataset<Row> rows = spark.sql(query);
      Optional<String> unsteady = unsteady(rows);
      unsteady.ifPresent(
          function ->
              problems.invalid(
                  "input.query",
                  query,
                  "the same in every reading of a row, which " + function + "() is not"));
      return unsteady.isEmpty() ? Optional.of(rows) : Optional.empty();
    } catch (Exception e) {
      problems.invalid("input.query", query, "a query: " + InputTable.reason(e));
      return Optional.empty();
    }
  }

  /**
   * Whether a statement does more than read, looked at before Spark is told of it: Spark runs a
   * command at once. Some become one when they are analysed.
   */
  private static boolean writes(SessionState session, String query) throws ParseException {
    LogicalPlan parsed = session.sqlParser().parsePlan(query);
    if (all(parsed).stream().anyMatch(InputQuery::isCommand)) {
      return true;
    }
    LogicalPlan analyzed = session.executePlan(parsed, CommandExecutionMode.SKIP()).analyzed();
    return all(analyzed).stream().anyMatch(InputQuery::isCommand);
  }

  private static boolean isCommand(LogicalPlan plan) {
    return plan instanceof Command
        || plan instanceof ParsedStatement
        || plan instanceof InsertIntoDir
        // CALL and EXECUTE IMMEDIATE are carried out when they are analysed.
        || plan instanceof ExecutableDuringAnalysis
        || plan.getClass().getName().contains("ExecuteImmediate");
  }

  private static Optional<String> unsteady(Dataset<Row> rows) {
    LogicalPlan plan =
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().analyzed();
    return all(plan).stream()
        .flatMap(p -> CollectionConverters.asJava(p.expressions()).stream())
        .flatMap(e -> CollectionConverters.asJava(e.find(InputTable::isUnsteady).toList()).stream())
        .map(Expression::prettyName)
        .findFirst();
  }

  /** A plan with all that is in it. */
  private static List<LogicalPlan> all(LogicalPlan plan) {
    List<LogicalPlan> plans = new ArrayList<>(List.of(plan));
    for (int i = 0; i < plans.size(); i++) {
      plans.addAll(CollectionConverters.asJava(plans.get(i).children()));
    }
    return plans;
  }
}
