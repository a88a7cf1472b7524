package tributary.spark.lineage;

import io.openlineage.client.OpenLineage;
import io.openlineage.spark.api.CustomFacetBuilder;
import io.openlineage.spark.api.OpenLineageContext;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.spark.scheduler.SparkListenerEvent;
import tributary.spark.MetricsSource;

/**
 * The account as assertions of data quality about the input: every record is in the output or in
 * quarantine; how many are in quarantine. Once records are counted, nothing before.
 */
final class AccountAssertions
    extends CustomFacetBuilder<SparkListenerEvent, OpenLineage.InputDatasetFacet> {
  private final OpenLineage lineage;

  AccountAssertions(OpenLineageContext context) {
    this.lineage = context.getOpenLineage();
  }

  @Override
  protected void build(
      SparkListenerEvent event, BiConsumer<String, ? super OpenLineage.InputDatasetFacet> facets) {
    MetricsSource.account()
        .ifPresent(
            account ->
                facets.accept(
                    "dataQualityAssertions",
                    lineage.newDataQualityAssertionsDatasetFacet(
                        List.of(
                            assertion(
                                "in = out + quarantined",
                                account.balanced(),
                                account.in(),
                                account.out() + account.quarantined(),
                                "error"),
                            assertion(
                                "quarantined = 0",
                                account.quarantined() == 0,
                                0,
                                account.quarantined(),
                                "warn")))));
  }

  private OpenLineage.DataQualityAssertionsDatasetFacetAssertions assertion(
      String what, boolean holds, long expected, long actual, String severity) {
    return lineage
        .newDataQualityAssertionsDatasetFacetAssertionsBuilder()
        .assertion(what)
        .success(holds)
        .expected(String.valueOf(expected))
        .actual(String.valueOf(actual))
        .severity(severity)
        .build();
  }
}
