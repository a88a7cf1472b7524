package tributary.spark.lineage;

import io.openlineage.client.OpenLineage;
import io.openlineage.spark.api.CustomFacetBuilder;
import io.openlineage.spark.api.OpenLineageContext;
import io.openlineage.spark.api.OpenLineageEventHandlerFactory;
import java.util.Collection;
import java.util.List;
import scala.PartialFunction;

/**
 * What OpenLineage's listener finds as a service: the input of a job that keeps its results between
 * two steps, and the account. On the driver, in the listener's thread; without the listener nothing
 * loads this.
 */
public final class LineageFactory implements OpenLineageEventHandlerFactory {
  @Override
  public Collection<PartialFunction<Object, List<OpenLineage.InputDataset>>>
      createInputDatasetBuilder(OpenLineageContext context) {
    return List.of(cast(new KeptInput(context)));
  }

  /** The listener's interface has lists where its own builders have collections. */
  @SuppressWarnings("unchecked")
  private static PartialFunction<Object, List<OpenLineage.InputDataset>> cast(
      PartialFunction<?, ?> builder) {
    return (PartialFunction<Object, List<OpenLineage.InputDataset>>) builder;
  }

  @Override
  public Collection<CustomFacetBuilder<?, ? extends OpenLineage.InputDatasetFacet>>
      createInputDatasetFacetBuilders(OpenLineageContext context) {
    return List.of(new AccountAssertions(context));
  }

  @Override
  public Collection<CustomFacetBuilder<?, ? extends OpenLineage.RunFacet>> createRunFacetBuilders(
      OpenLineageContext context) {
    return List.of(new AccountFacet(context));
  }
}
