/**
 * What the listener of openlineage-spark learns of a job.
 *
 * <pre>
 *   input -> encode -> | kept on disk | -> output, quarantine
 *     ^                                        |
 *     +------------ KeptInput -----------------+     the table that was read, as the input of what is written
 *
 *   MetricsSource.account() -> AccountAssertions (of the input), AccountFacet (of the run)
 * </pre>
 *
 * <p>Law: nothing here changes a run. The listener's jar is the user's; without it no class of this
 * package is loaded.
 *
 * <p>Failure modes: what the listener can't make of the input's plan (a format that it doesn't
 * know) leaves the output without an input; the listener logs what is thrown here and goes on.
 *
 * <p>An example:
 *
 * <pre>{@code
 * SparkSession spark =
 *     SparkSession.builder()
 *         .config("spark.extraListeners", "io.openlineage.spark.agent.OpenLineageSparkListener")
 *         .config("spark.openlineage.transport.type", "console")
 *         .getOrCreate();
 * }</pre>
 */
@NullMarked
package tributary.spark.lineage;

import org.jspecify.annotations.NullMarked;
