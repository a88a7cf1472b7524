/**
 * What comes out of a run, as values: a {@link tributary.write.Outcome} per record, a {@link
 * tributary.write.RunManifest} per run. Knows no Spark; tables are written where it runs.
 *
 * <pre>
 * record -> Embedded      id, embedding, norm, tokens, left_out, input_hash
 *        -> Quarantined   id, column, reason, detail, payload_digest
 * run    -> RunManifest   its counts: in = out + unchanged + quarantined
 * </pre>
 *
 * <p>Law: a record has exactly one outcome. {@link tributary.write.RunManifest.Counts} refuses an
 * account that doesn't add up.
 *
 * <p>Failure: a run with too many quarantined records ends with {@link
 * tributary.write.BudgetExceeded}, which carries the manifest.
 */
@NullMarked
package tributary.write;

import org.jspecify.annotations.NullMarked;
