/**
 * Where a model looked: attention shares of one record's tokens as a page that a browser shows by
 * itself.
 *
 * <pre>
 *   tokens + shares -> Heat (one section a modality) -> Page (HTML)
 * </pre>
 *
 * <p>Law: the shares of all tokens of a record add up to 1; what is drawn is what was read, made
 * from the tokens that the model saw, not from the payload.
 */
@NullMarked
package tributary.explain;

import org.jspecify.annotations.NullMarked;
