/**
 * The flow composed, without Spark: rows of one record -> tokens -> subsequences -> latents ->
 * embedding.
 *
 * <p>Law: {@link tributary.record.Fuser} (the plain loop over the unsplit record) and the Spark job
 * call the same three functions and give the same bits, whatever the partitioning, batch size, task
 * order or retries.
 */
@NullMarked
package tributary.record;

import org.jspecify.annotations.NullMarked;
