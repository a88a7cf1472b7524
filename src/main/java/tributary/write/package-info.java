/**
 * What comes out of a run, as values: a {@link tributary.write.Outcome} per record, a {@link
 * tributary.write.RunManifest} per run, a {@link tributary.write.LearningManifest} per run that
 * learns. Knows no Spark; tables are written where it runs.
 *
 * <pre>
 * record -> Embedded      id, embedding, norm, tokens, left_out, input_hash
 *        -> Quarantined   id, column, reason, detail, payload_digest
 * run    -> RunManifest   its counts: in = out + unchanged + quarantined
 *        -> LearningManifest  in = learnt + held out + quarantined
 * </pre>
 *
 * <p>Law: a record has exactly one outcome. {@link tributary.write.RunManifest.Counts} refuses an
 * account that doesn't add up.
 *
 * <p>Failure modes: a run with too many quarantined records ends with {@link
 * tributary.write.BudgetExceeded}, which carries the manifest; an account that doesn't add up is an
 * {@link java.lang.IllegalStateException} with its numbers.
 *
 * <p>Four records, one of which can't be read:
 *
 * <pre>{@code
 * Map<String, Long> reasons = Map.of("NOT_UTF8", 1L);
 * RunManifest.Counts counts = new RunManifest.Counts(4, 4, 3, 0, 1, 0, reasons);
 * }</pre>
 */
@NullMarked
package tributary.write;

import org.jspecify.annotations.NullMarked;
