/** Hierarchical Perceiver as published. */
@NullMarked
package tributary.models.hip;

import org.jspecify.annotations.NullMarked;
