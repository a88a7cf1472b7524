/** Synthetic records: labelled, deterministic, multimodal. */
@NullMarked
package tributary.data;

import org.jspecify.annotations.NullMarked;
