/** The families of models: `Models` is the one list of them. */
@NullMarked
package tributary.models;

import org.jspecify.annotations.NullMarked;
