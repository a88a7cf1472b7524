/**
 * {@link tributary.split.Subsequence} -> latents: the encoders and attention forms, on the kernel
 * seam.
 *
 * <p>Failure modes: weights that do not fit the configuration are refused when the encoder is made,
 * all of them listed.
 */
@NullMarked
package tributary.encode;

import org.jspecify.annotations.NullMarked;
