/**
 * {@link tributary.read.Signal} -> {@link tributary.tokenize.Tokens}: a stream of token blocks, so
 * that a long signal is never held whole as tokens.
 */
@NullMarked
package tributary.tokenize;

import org.jspecify.annotations.NullMarked;
