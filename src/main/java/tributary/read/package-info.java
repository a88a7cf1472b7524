/**
 * payload -> {@link tributary.read.Signal}, or a {@link tributary.read.Rejected} that says why not.
 * Knows no Spark and no other stage.
 */
@NullMarked
package tributary.read;

import org.jspecify.annotations.NullMarked;
