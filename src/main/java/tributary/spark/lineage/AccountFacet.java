package tributary.spark.lineage;

import io.openlineage.client.OpenLineage;
import io.openlineage.spark.api.AbstractRunFacetBuilder;
import io.openlineage.spark.api.OpenLineageContext;
import java.util.function.BiConsumer;
import org.apache.spark.scheduler.SparkListenerEvent;
import tributary.spark.MetricsSource;

/** The account as a facet `tributary_account` of the run: in, out, quarantined. */
final class AccountFacet extends AbstractRunFacetBuilder<SparkListenerEvent> {
  AccountFacet(OpenLineageContext context) {
    super(context);
  }

  @Override
  protected void build(
      SparkListenerEvent event, BiConsumer<String, ? super OpenLineage.RunFacet> facets) {
    MetricsSource.account()
        .ifPresent(
            account -> {
              OpenLineage.RunFacet facet = context.getOpenLineage().newRunFacet();
              facet.getAdditionalProperties().put("in", account.in());
              facet.getAdditionalProperties().put("out", account.out());
              facet.getAdditionalProperties().put("quarantined", account.quarantined());
              facets.accept("tributary_account", facet);
            });
  }
}
