/** Synthetic records: labelled, deterministic, multimodal. */
@NullMarked
package tributary.synthetic;

import org.jspecify.annotations.NullMarked;
