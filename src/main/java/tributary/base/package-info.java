/**
 * What every package may know: how a refused value is told, {@link tributary.base.Invalid}, and a
 * failure, {@link tributary.base.Reason}, what surrounds bytes that a shuffle carries, {@link
 * tributary.base.Envelope}, how several things are closed, {@link tributary.base.Closing}, SHA-256
 * by {@link tributary.base.Sha256}, random bits of a counter by {@link tributary.base.Philox}, and
 * how pages look and take text, {@link tributary.base.Html}, scripts, {@link
 * tributary.base.PageScript}, and pictures, {@link tributary.base.Png}.
 *
 * <pre>
 *   caller --- argument ---> any method
 *          <-- IllegalArgumentException: Invalid heads: 5 (divides the channels, 12) ---
 *
 *   NodeBytes, SubsequenceBytes -> Envelope: magic, version | their fields | checksum
 *
 *   explain.Page, report.ReportPage -> Html: one look; ids, labels and texts, escaped
 * </pre>
 *
 * <p>Law: knows the JDK alone, so that {@code tensor} may know it and stays readable with nothing
 * else. A message names the key, the value as given and the rule it breaks; of a mismatch it has
 * both sides. Tests assert messages to the letter. Bytes that went into an envelope come out
 * unchanged or not at all.
 *
 * <p>Failure modes: changed or foreign bytes are an {@link java.lang.IllegalStateException}. What
 * is wrong in a configuration is collected by {@code config.Problems}, in the same words; a payload
 * that can't be read is rejected by {@code read}.
 *
 * <p>Example:
 *
 * <pre>{@code
 * int heads = 4;
 * int channels = 12;
 * if (channels % heads != 0) {
 *   throw Invalid.argument("heads", heads, "divides the channels, " + channels);
 * }
 * }</pre>
 */
@NullMarked
package tributary.base;

import org.jspecify.annotations.NullMarked;
