/** Perceiver IO and its published tasks. */
@NullMarked
package tributary.models.perceiverio;

import org.jspecify.annotations.NullMarked;
