/** The elastic hierarchy: sequences of any length, absent modalities. */
@NullMarked
package tributary.models.elastic;

import org.jspecify.annotations.NullMarked;
