package tributary.spark.lineage;

import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.spark.agent.util.PlanUtils;
import io.openlineage.spark.api.AbstractQueryPlanDatasetBuilder;
import io.openlineage.spark.api.AbstractQueryPlanInputDatasetBuilder;
import io.openlineage.spark.api.OpenLineageContext;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListenerEvent;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.columnar.InMemoryRelation;
import scala.PartialFunction;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Looks through what a job keeps on disk between encoding and writing: the write reads kept blocks,
 * and the user's table is in the plan from before these were put in its place. The listener's own
 * way to that plan needs spark-hive; without either an output has no input.
 */
final class KeptInput extends AbstractQueryPlanInputDatasetBuilder<InMemoryRelation> {
  KeptInput(OpenLineageContext context) {
    super(context, true);
  }

  @Override
  public boolean isDefinedAt(SparkListenerEvent event) {
    return true;
  }

  @Override
  protected boolean isDefinedAtLogicalPlan(LogicalPlan plan) {
    return plan instanceof InMemoryRelation;
  }

  @Override
  public List<InputDataset> apply(SparkListenerEvent event, InMemoryRelation kept) {
    return context
        .getQueryExecution()
        .map(QueryExecution::analyzed)
        .map(plan -> CollectionConverters.asJava(plan.collectLeaves()))
        .orElse(List.of())
        .stream()
        .filter(leaf -> !(leaf instanceof InMemoryRelation))
        .flatMap(leaf -> inputs(leaf, event))
        .toList();
  }

  /** A leaf of a plan by the listener's own visitors, those left out whose classes are missing. */
  private Stream<InputDataset> inputs(LogicalPlan leaf, SparkListenerEvent event) {
    Stream<PartialFunction<LogicalPlan, List<InputDataset>>> visitors =
        Stream.concat(
            context.getInputDatasetQueryPlanVisitors().stream(),
            context.getInputDatasetBuilders().stream()
                .filter(AbstractQueryPlanDatasetBuilder.class::isInstance)
                .map(b -> visitor(b, event)));
    return visitors
        .filter(v -> PlanUtils.safeIsDefinedAt(v, leaf))
        .map(v -> PlanUtils.safeApply(v, leaf))
        .filter(Objects::nonNull)
        .flatMap(List::stream);
  }

  @SuppressWarnings("unchecked")
  private static PartialFunction<LogicalPlan, List<InputDataset>> visitor(
      PartialFunction<?, ?> builder, SparkListenerEvent event) {
    return ((AbstractQueryPlanDatasetBuilder<Object, LogicalPlan, InputDataset>) builder)
        .asQueryPlanVisitor(event);
  }
}
