/** Perceiver, as of 2021. */
@NullMarked
package tributary.models.perceiver;

import org.jspecify.annotations.NullMarked;
